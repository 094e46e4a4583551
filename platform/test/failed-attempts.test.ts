/** What failed and is tried again is part of the trace, on either broker, and no part of a replay. */
import { expect, test } from "vitest";
import { Consumer } from "../../bloodbank/client/src/index.js";
import { loadCatalog } from "../../holyfields/src/index.js";
import { onEachEngine } from "./support/on-each-engine.js";
import { eventually } from "./support/running-platform.js";

interface Node {
  readonly event_id: string;
  readonly effects: readonly string[];
  readonly failed_attempts?: readonly Record<string, unknown>[];
}

onEachEngine("failed attempts", { args: ["--no-services"] }, (fixture) => {
  test("stand with the event that failed, with when it is tried again, while it waits and when it was handled", async () => {
    const { api, platform } = fixture();
    const queue = "services.attempts.flaky";
    const attempts: number[] = [];
    let goOn: () => void = () => undefined;
    const firstWasSeen = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const consumer = new Consumer(
      { url: platform.amqp, catalog: loadCatalog(), source: { host: "test", type: "system", app: "flaky" } },
      { queue },
    ).on("session.started", async (_event, { attempt }) => {
      attempts.push(attempt);
      // A busy machine would else make both fail before the trace is asked for the first.
      if (attempt === 2) await firstWasSeen;
      if (attempt < 3) throw new Error(`not yet, ${attempt}`);
    });
    await consumer.start();
    const { event_id: id } = (await api.post("/events/session.started", { session_id: "flaky" })).body;
    const trace = async (query = "") =>
      (await api.get(`/api/v1/events/trace/${id}${query}`)).body.nodes as readonly Node[] | undefined;
    await eventually(async () => (await trace())?.[0]?.failed_attempts?.length === 1);
    goOn();
    await eventually(() => attempts.length === 3);
    const nodes = await eventually(async () => {
      const found = await trace();
      return found?.[0]?.failed_attempts?.length === 2 && found;
    });
    expect(nodes).toHaveLength(1);
    expect(nodes[0]).toMatchObject({ event_id: id, effects: [] });
    expect(nodes[0]?.failed_attempts).toMatchObject([
      {
        queue,
        attempt: 1,
        attempts_at_most: 6,
        outcome: "retried",
        code: "HANDLER_FAILED",
        reason: "not yet, 1",
      },
      { queue, attempt: 2, attempts_at_most: 6, outcome: "retried", reason: "not yet, 2" },
    ]);
    const waits = nodes[0]?.failed_attempts?.map(
      ({ failed_at, next_attempt_at }) => Date.parse(String(next_attempt_at)) - Date.parse(String(failed_at)),
    );
    expect(waits).toEqual([1_000, 5_000]);
    expect((await trace("?dead_letters=true"))?.[0]?.failed_attempts).toHaveLength(2);
    const told = await api.get("/api/v1/events?type=bloodbank.delivery.failed");
    expect(told.body.events.every(({ valid }: { valid: boolean }) => valid)).toBe(true);
    const preview = await api.post("/api/v1/replays/preview", { select: { trace: id } });
    expect(preview.body.by_type).toEqual([{ event_type: "session.started", count: 1 }]);
    await consumer.close();
  });
});
