/** An outgoing webhook whose receiver is away for longer than the whole retry ladder: twelve minutes and more, in no time. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { deadLetterQueue, RETRY_LADDER } from "@33god/bloodbank";
import { startTestBus } from "@33god/bloodbank/testing";
import { expect, test } from "vitest";
import { startPeer } from "../../services/service-kit/test/support/peer.js";
import { webhookQueue } from "../src/webhooks/contract.js";
import { Webhooks } from "../src/webhooks/webhooks.js";
import { eventually } from "./support/running-platform.js";

test("an address that fails for longer than the ladder gets each event six times, and then it is a dead letter", async () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), "bloodbank-ladder-"));
  const bus = await startTestBus();
  const peer = await startPeer([{ status: 503 }]);
  const webhooks = new Webhooks({
    bus: bus.options,
    dataDir,
    management: undefined,
    allowInner: true,
    log: () => undefined,
  });
  try {
    const { id } = await webhooks.add({ url: peer.url, types: ["artifact.created"] });
    await eventually(() => webhooks.list()[0]?.state === "active");
    const begun = bus.clock.now();
    const { event } = await bus.publisher.publish("artifact.created", {
      artifact_type: "code",
      file_path: "/away.ts",
    });
    await bus.settled();
    expect(peer.requests.map(({ headers }) => headers["webhook-id"])).toEqual(
      Array(RETRY_LADDER.length + 1).fill(event.event_id),
    );
    // One second, five, thirty, two minutes, ten.
    expect(bus.clock.now() - begun).toBeGreaterThanOrEqual(756_000);
    const letters = await bus.queued(deadLetterQueue(webhookQueue(id)));
    expect(letters.map(({ body }) => JSON.parse(body).event_id)).toEqual([event.event_id]);
    expect(letters[0]?.headers).toMatchObject({ "x-attempt": RETRY_LADDER.length + 1 });
    expect(String(letters[0]?.headers["x-reason"])).toContain("answered 503");
    expect(webhooks.list()).toMatchObject([
      { state: "active", delivered: 0, failed: RETRY_LADDER.length + 1 },
    ]);
  } finally {
    await webhooks.close();
    await peer.close();
    await bus.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
});
