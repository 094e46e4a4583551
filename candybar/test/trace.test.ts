import { describe, expect, it } from "vitest";
import { deadLetters, storedEvent, type Trace, type TraceNode } from "../src/api/schemas.js";
import { happeningsOf } from "../src/event/happenings.js";
import { traceLines } from "../src/event/trace-order.js";

describe("a trace", () => {
  const node = (event_id: string, causes: string[], effects: string[], second: number): TraceNode => ({
    event_id,
    missing: false,
    event_type: "artifact.created",
    timestamp: new Date(second * 1000).toISOString(),
    position: second,
    causes,
    effects,
    failed_attempts: [],
  });
  const trace = (roots: string[], nodes: TraceNode[]): Trace => ({
    event_id: "a",
    roots,
    nodes,
    truncated: false,
  });

  it("is drawn from its roots in the order of time, with the time since the cause", () => {
    const { lines, span } = traceLines(
      trace(
        ["a"],
        [
          node("a", [], ["c", "b"], 1),
          node("b", ["a"], ["d"], 2),
          node("c", ["a"], [], 4),
          node("d", ["b"], [], 9),
        ],
      ),
    );
    expect(lines.map((line) => [line.node.event_id, line.depth, line.sinceCause])).toEqual([
      ["a", 0, undefined],
      ["b", 1, 1000],
      ["d", 2, 7000],
      ["c", 1, 3000],
    ]);
    expect(span).toBe(8000);
  });
  it("names further causes where an event has several", () => {
    const { lines } = traceLines(
      trace(["a", "b"], [node("a", [], ["c"], 1), node("b", [], ["c"], 2), node("c", ["a", "b"], [], 3)]),
    );
    expect(lines.map((line) => line.node.event_id)).toEqual(["a", "c", "b"]);
    expect(lines[1]?.alsoCausedBy.map((n) => n.event_id)).toEqual(["b"]);
  });
  it("shows every event once even when broken clients made a cycle", () => {
    const { lines } = traceLines(trace([], [node("a", ["b"], ["b"], 1), node("b", ["a"], ["a"], 2)]));
    expect(lines.map((line) => line.node.event_id)).toEqual(["a", "b"]);
  });
  it("survives a chain that is deeper than the engine's stack", () => {
    const chain = Array.from({ length: 20_000 }, (_, i) =>
      node(`n${i}`, i ? [`n${i - 1}`] : [], [`n${i + 1}`], i),
    );
    // A rail a level makes deep chains quadratic, so this is also a bound on time.
    expect(traceLines(trace(["n0"], chain.slice(0, 3000))).lines).toHaveLength(3000);
  });
});

describe("what befell an event", () => {
  const letter = (...failed_at: string[]) =>
    deadLetters.parse({
      dead_letters: [
        {
          id: "q.dlq/1",
          queue: "q",
          event_id: "a",
          reason: "no disk",
          attempts: 3,
          first_at: "2026-01-01T00:00:01Z",
          last_at: "2026-01-01T00:00:09Z",
          failed_at,
        },
      ],
    }).dead_letters;
  const told = (befell: ReturnType<typeof happeningsOf>) =>
    befell.get("a")?.map(({ kind, at, text }) => `${new Date(at).getUTCSeconds()} ${kind}: ${text}`);

  it("is each failed attempt in its time, the end, and what was done then", () => {
    const act = storedEvent.parse({
      position: 9,
      event_id: "act",
      event_type: "bloodbank.dead_letter.redriven",
      received_at: "2026-01-01T00:00:30Z",
      valid: true,
      event: { payload: { actor: "jane", event_ids: ["a", "b"] } },
    });
    const times = [1, 2, 9].map((second) => `2026-01-01T00:00:0${second}.000Z`);
    const befell = happeningsOf([], letter(...times), [act], 0);
    expect(told(befell)).toEqual([
      "1 failed: attempt 1 failed in q",
      "2 failed: attempt 2 failed in q",
      "9 failed: attempt 3 failed in q",
      "9 gave up: given up by q: no disk",
      "30 redriven: by jane",
    ]);
    expect(befell.get("b")?.map(({ act }) => act)).toEqual(["act"]);
  });
  it("is the first and the last attempt where a foreign consumer did not write each down", () => {
    const expected = [
      "1 failed: attempt 1 failed in q",
      "9 failed: attempt 3 failed in q",
      "9 gave up: given up by q: no disk",
    ];
    for (const letters of [letter(), letter("yesterday")])
      expect(told(happeningsOf([], letters, [], 0))).toEqual(expected);
  });
  it("is the attempt that is still to come, until it is due, and each failure once however it is known", () => {
    const failed = (second: number, attempt: number) => ({
      event_id: `told ${attempt}`,
      queue: "q",
      attempt,
      attempts_at_most: 6,
      outcome: "retried",
      code: "FAILED",
      reason: "no disk",
      failed_at: `2026-01-01T00:00:0${second}.000Z`,
      next_attempt_at: `2026-01-01T00:00:0${second + 3}.000Z`,
    });
    const nodes = [
      {
        event_id: "a",
        missing: false,
        causes: [],
        effects: [],
        failed_attempts: [failed(1, 1), failed(4, 2)],
      },
    ];
    const befell = happeningsOf(nodes, [], [], Date.parse("2026-01-01T00:00:05Z"));
    expect(befell.get("a")?.map(({ kind, text }) => `${kind}: ${text.replace(/[\d:.]+$/, "…")}`)).toEqual([
      "failed: attempt 1 failed in q: no disk",
      "failed: attempt 2 failed in q: no disk",
      "retrying: attempt 3 of 6 in q, next at …",
    ]);
    const times = ["2026-01-01T00:00:01.000Z", "2026-01-01T00:00:04.000Z"];
    const ended = happeningsOf(nodes, letter(...times), [], Date.parse("2026-01-01T00:00:08Z"));
    expect(ended.get("a")?.map(({ kind }) => kind)).toEqual(["failed", "failed", "gave up"]);
  });
  it("is the end as the history tells it, whether its letter still lies there or is not seen any more", () => {
    const failed = {
      event_id: "told",
      queue: "q",
      attempt: 3,
      attempts_at_most: 3,
      outcome: "dead_lettered",
      code: "FAILED",
      reason: "no disk",
      failed_at: "2026-01-01T00:00:09.000Z",
    };
    const nodes = [{ event_id: "a", missing: false, causes: [], effects: [], failed_attempts: [failed] }];
    const expected = ["9 failed: attempt 3 failed in q: no disk", "9 gave up: given up by q: no disk"];
    expect(told(happeningsOf(nodes, [], [], 0))).toEqual(expected);
    const seen = letter("2026-01-01T00:00:09.000Z");
    expect(told(happeningsOf(nodes, seen, [], 0))).toEqual(expected);
  });
});
