import { createHmac } from "node:crypto";
import { EVENTS_EXCHANGE, NonRetryable, Publisher, RawPublisher } from "@33god/bloodbank";
import type { EventEnvelope } from "@33god/holyfields";
import { afterEach, describe, expect, test } from "vitest";
import { engines } from "../../../bloodbank/client/test/support/engines.js";
import { eventually } from "../../../bloodbank/client/test/support/eventually.js";
import { catalog } from "../../service-kit/test/support/catalog.js";
import { type Answer, type Peer, type PeerRequest, startPeer } from "../../service-kit/test/support/peer.js";
import { noticeOf, notifierService, sendWebhook } from "../src/index.js";

const event = (action: string, payload: Record<string, unknown>): EventEnvelope => ({
  event_id: "0190f5c4-7b1e-7c3a-8f00-000000000001",
  event_type: `fireflies.transcript.${action}`,
  timestamp: "2026-02-03T09:00:00Z",
  version: "v1",
  source: { host: "h", type: "system", app: "a" },
  payload,
});
const processed = noticeOf(event("processed", { title: "Plan", sentence_count: 3, speaker_count: 2 }));

describe("a notice", () => {
  test("says what was processed", () => {
    expect(processed.text).toBe('"Plan" is in the vault: 3 sentences by 2 speakers.');
  });

  test("says what failed and whether to try again", () => {
    const payload = {
      transcript_id: "m1",
      failed_stage: "transcription",
      error_message: "no answer",
      is_retryable: true,
    };
    expect(noticeOf(event("failed", payload))).toMatchObject({
      text: "Transcript m1 failed in transcription: no answer. It can be tried again.",
      level: "error",
    });
    expect(noticeOf(event("failed", { failed_stage: "upload", error_message: "x" })).text).toContain(
      "(unnamed)",
    );
  });
});

describe("the webhook", () => {
  let peer: Peer | undefined;
  afterEach(() => peer?.close());
  const never = new AbortController().signal;
  const send = async (answer: Answer, secret?: string, timeout = 5_000) => {
    peer = await startPeer([answer]);
    await sendWebhook({ url: `${peer.url}/hook`, secret, timeout }, processed, never);
  };

  test("carries the event's id, so that a receiver can tell a repetition", async () => {
    await send({ status: 204 });
    const [request] = peer?.requests ?? [];
    expect(request).toMatchObject({ method: "POST", path: "/hook" });
    expect(request?.headers["webhook-id"]).toBe(processed.event.event_id);
    expect(request?.headers["webhook-signature"]).toBeUndefined();
    expect(JSON.parse(request?.body ?? "")).toMatchObject({
      type: "fireflies.transcript.processed",
      text: processed.text,
      data: { title: "Plan" },
    });
  });

  test("is signed as Standard Webhooks asks", async () => {
    const key = Buffer.from("a key of some bytes");
    await send({}, `whsec_${key.toString("base64")}`);
    const [request] = peer?.requests ?? [];
    const { headers, body }: Pick<PeerRequest, "headers" | "body"> = request ?? { headers: {}, body: "" };
    const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
    expect(headers["webhook-signature"]).toBe(
      `v1,${createHmac("sha256", key).update(signed).digest("base64")}`,
    );
  });

  test.each([400, 401, 404, 410, 422])("a %i is for good", async (status) => {
    await expect(send({ status })).rejects.toBeInstanceOf(NonRetryable);
  });

  test.each<Answer>([
    { status: 500 },
    { status: 429, headers: { "retry-after": "0" } },
    { fault: "cut" },
    { fault: "silence" },
  ])("%j is tried again", async (answer) => {
    const error = await send(answer, undefined, 100).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(NonRetryable);
  });
});

for (const engine of engines)
  describe.skipIf(!engine.available)(`the notifier (${engine.name})`, () => {
    test("tells outside what happened, and of what is replayed only its log", async () => {
      const engineBus = await engine.open();
      const bus = {
        url: engineBus.url,
        catalog,
        source: { host: "test", type: "manual", app: "n" },
      } as const;
      const peer = await startPeer([{ status: 204 }, { status: 204 }]);
      const logged: { readonly replay_id?: string }[] = [];
      const service = notifierService({
        bus,
        log: (_level, _text, fields) => logged.push(fields ?? {}),
        webhook: { url: peer.url, secret: undefined },
      });
      const publisher = new Publisher(bus);
      const replay = new RawPublisher(bus);
      try {
        await Promise.all([service.start(), publisher.start(), replay.start()]);
        const payload = { transcript_id: "m1", failed_stage: "upload", error_message: "no" } as const;
        const { event } = await publisher.publish("fireflies.transcript.failed", payload);
        await eventually(() => peer.requests.length === 1, "the notice");
        await replay.send({
          exchange: EVENTS_EXCHANGE,
          routingKey: event.event_type,
          body: Buffer.from(JSON.stringify(event)),
          properties: { messageId: event.event_id, type: event.event_type, contentType: "application/json" },
          headers: { "x-replay-id": "r1" },
        });
        await eventually(() => logged.some(({ replay_id }) => replay_id === "r1"), "the replayed one");
        const { event: last } = await publisher.publish("fireflies.transcript.failed", payload);
        await eventually(() => peer.requests.length === 2, "the last notice");
        expect(peer.requests.map(({ headers }) => headers["webhook-id"])).toEqual([
          event.event_id,
          last.event_id,
        ]);
      } finally {
        await Promise.all([service.close(), publisher.close(), replay.close(), peer.close()]);
        await engineBus.close();
      }
    });
  });
