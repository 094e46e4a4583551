import { nearestOf } from "@33god/holyfields";
import { describe, expect, test } from "vitest";
import type { StoredEvent } from "../../src/cli/api/answers.js";
import { eventParser } from "../../src/cli/api/event-stream.js";
import { findPlatform } from "../../src/cli/api/find-platform.js";
import { nearMisses } from "../../src/cli/doctor/bindings.js";
import type { Patient } from "../../src/cli/doctor/contract.js";
import { checkDeadLetters } from "../../src/cli/doctor/dead-letters.js";
import { bars } from "../../src/cli/terminal/bars.js";
import { eventLine, eventPage, summary } from "../../src/cli/terminal/event-line.js";
import { painter } from "../../src/cli/terminal/paint.js";
import { displayWidth, fit, table } from "../../src/cli/terminal/table.js";
import { duration, parseSpan, parseTime } from "../../src/cli/terminal/time.js";
import { quietTerminal } from "./support/quiet-terminal.js";

test("bars are as high as their numbers, what is little is seen, and what is nothing is not", () => {
  expect(bars([0, 1, 500, 1_000])).toBe(" ▁▄█");
  expect(bars([0, 0])).toBe("  ");
  expect(bars([])).toBe("");
});

describe("times", () => {
  const now = Date.parse("2026-02-03T09:00:00Z");
  test.each([
    ["90s", "2026-02-03T08:58:30.000Z"],
    ["15m", "2026-02-03T08:45:00.000Z"],
    ["1.5h", "2026-02-03T07:30:00.000Z"],
    ["7d", "2026-01-27T09:00:00.000Z"],
    ["2026-02-03", "2026-02-03T00:00:00.000Z"],
    ["2026-02-03T10:00:00+01:00", "2026-02-03T09:00:00.000Z"],
  ])("%s is %s", (written, time) => expect(parseTime(written, now)).toBe(time));
  test.each([
    ...["", "yesterday", "5", "5 parsecs", "2026-13-40", "2026"],
    // Before the year 0, and before all time.
    ...["800000d", "999999999999d"],
  ])("%j is none", (written) => expect(parseTime(written, now)).toBeUndefined());
  test("spans are read and said", () => {
    expect(parseSpan("250ms")).toBe(250);
    expect([3, 4_200, 90_000, 5_400_000, 172_800_000].map(duration)).toEqual([
      "3 ms",
      "4.2 s",
      "1.5 min",
      "1.5 h",
      "2 d",
    ]);
  });
});

test("nothing that a foreign event says moves the cursor", () => {
  const evil = "x\x1b[2Jy";
  const stored: StoredEvent = {
    position: 1,
    event_id: evil,
    event_type: evil,
    version: evil,
    timestamp: evil,
    source_app: evil,
    correlation_ids: [evil],
    received_at: "2026-02-03T09:00:00.000Z",
    exchange: evil,
    routing_key: evil,
    headers: {},
    properties: {},
    valid: false,
    violations: [{ pointer: `/${evil}`, keyword: "type", message: evil }],
    duplicates: 0,
    event: { payload: { [evil]: evil } },
  };
  const paint = painter({ NO_COLOR: "1" }, false);
  const line = eventLine(stored, { paint, ids: true, compact: false, width: undefined });
  for (const text of [line, ...eventPage(stored, paint)]) expect(text).not.toContain("\x1b");
});

test("a stream of events is read in whatever pieces it comes", () => {
  const text =
    ': hello\n\nid: 7\ndata: {"a":\ndata: 1}\n\nevent: note\r\ndata: x\r\n\r\nid: 8\ndata: last\n\n';
  for (let size = 1; size <= text.length; size += 1) {
    const parse = eventParser();
    const events = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
      parse(text.slice(at * size, (at + 1) * size)),
    ).flat();
    expect(events).toEqual([
      { id: "7", event: "message", data: '{"a":\n1}' },
      { id: "7", event: "note", data: "x" },
      { id: "8", event: "message", data: "last" },
    ]);
  }
});

describe("near misses of a binding", () => {
  const known = ["artifact.created", "artifact.ingestion.failed", "theboard.meeting.created"];
  test.each([
    ["artifact.craeted", ["artifact.created"]],
    ["Artifact.Created", ["artifact.created"]],
    [" artifact.created", ["artifact.created"]],
    ["artefact.*", ["artifact.*"]],
    ["theboard.*", ["theboard.#"]],
    ["something.else.entirely", []],
  ])("of %j are %j", (key, near) => expect(nearMisses(key, known, nearestOf)).toEqual(near));
});

describe("a table", () => {
  test("lines up whatever its signs are", () => {
    expect(
      table(
        [
          { title: "a", value: ({ a }: { a: string; n: number }) => a },
          { title: "n", value: ({ n }) => String(n), align: "right" },
        ],
        [
          { a: "下一步", n: 5 },
          { a: "Zoë", n: 10 },
        ],
      ),
    ).toEqual(["a        n", "下一步   5", "Zoë     10"]);
  });
  test("lets no line break or control sequence of a value through", () => {
    expect(table([{ title: "x", value: (x: string) => x }], ["a\nb\x1b[2Jc"])[1]).toBe("a b [2Jc");
  });
  test("knows how wide a text is, and cuts it", () => {
    expect(displayWidth("e\u0301")).toBe(1);
    expect(displayWidth("\x1b[31mab\x1b[39m")).toBe(2);
    expect(fit("下一步下一步", 5)).toBe("下一…");
  });
});

test("an event's gist is its plain values, the telling ones first", () => {
  const payload = { id: 1, title: "A b", nested: {}, none: null };
  expect(summary({ payload })).toBe('title="A b" id=1');
  expect(summary("x")).toBe("(not an event)");
});

describe("which platform", () => {
  const find = (env: Record<string, string>, url?: string) =>
    findPlatform({ ...quietTerminal, env: { BLOODBANK_DATA_DIR: "/nowhere", ...env } }, url);
  test("is that of --url, then of the port, then the default", () => {
    expect(find({ BLOODBANK_HTTP_PORT: "1" }, "https://b.example.org/x").http).toBe("https://b.example.org");
    expect(find({ BLOODBANK_HTTP_PORT: "18682" }).http).toBe("http://127.0.0.1:18682");
    expect(find({ BLOODBANK_HTTP_PORT: "18682", BLOODBANK_HOST: "::1" }).http).toBe("http://[::1]:18682");
    expect(find({ BLOODBANK_HTTP_PORT: "18682", BLOODBANK_HOST: "0.0.0.0" }).http).toBe(
      "http://127.0.0.1:18682",
    );
    expect(find({})).toMatchObject({ http: "http://127.0.0.1:8682", foundBy: "the default address" });
  });
});

test("bb doctor has advice for what a broker dead-letters by itself", async () => {
  const codes = ["REJECTED", "EXPIRED", "MAXLEN", "DELIVERY_LIMIT"];
  const groups = codes.map((code) => ({
    group: code,
    queue: "q",
    event_type: "t",
    code,
    reason: "",
    count: 1,
  }));
  const client = { json: async () => ({ groups }) } as unknown as Patient["client"];
  const found = await checkDeadLetters({ client } as Patient);
  expect(found.map(({ hint }) => hint)).not.toContainEqual(expect.stringContaining("look at one"));
});
