import { expect, it } from "vitest";
import { eventually } from "../../../bloodbank/client/test/support/eventually.js";
import type { FindFilter, StoredEvent } from "../../src/index.js";
import { pathWord } from "../../src/query/index-words.js";
import { delivery, type Made, many } from "../support/deliveries.js";
import { onEachStore } from "../support/engines.js";

const MEETING = "7f3f0a52-5f62-4a5c-9a57-3a2f1d2b6c11";

onEachStore("finding", (fixture) => {
  const day = Date.parse("2026-11-20T00:00:00Z");
  const cause = delivery({
    type: "llm.prompt",
    payload: { provider: "p", prompt: "Größe of the Straße" },
    at: day,
  });
  const made: Made[] = [
    { app: "alpha", payload: { title: "Quarterly review in Zürich", tags: ["red", "blue"] } },
    { app: "beta", payload: { title: "Weekly sync", meeting_id: MEETING, round_num: 3 } },
    { app: "beta", version: "v9", payload: { title: "the review of the quarter" } },
    {
      type: "llm.response",
      causes: [cause.id],
      conversation: cause.id,
      payload: { provider: "p", response: "会議の記録" },
    },
    {
      type: "theboard.meeting.failed",
      payload: { meeting_id: "not-a-uuid", nested: { deep: { flag: true } } },
    },
  ];
  const list = made.map((one, i) => delivery({ ...one, at: day + (i + 1) * 3_600_000 }));
  const names = ["alpha", "sync", "quarter", "response", "failed"];
  const idOf = (name: string) => (name === "prompt" ? cause.id : list[names.indexOf(name)]!.id);

  it("stores what the others look for", async () => {
    await fixture().store.append([cause, ...list]);
  });

  const finds = async (filter: FindFilter): Promise<readonly string[]> => {
    const { events } = await fixture().store.find(filter, { limit: 100, order: "oldest" });
    return events.map(nameOf);
  };
  const nameOf = ({ event_id }: StoredEvent) =>
    event_id === cause.id ? "prompt" : names[list.findIndex(({ id }) => id === event_id)]!;

  const cases: readonly (readonly [string, FindFilter, readonly string[]])[] = [
    ["everything", {}, ["prompt", "alpha", "sync", "quarter", "response", "failed"]],
    ["an exact type", { type: ["llm.prompt"] }, ["prompt"]],
    ["a pattern of one word", { type: ["llm.*"] }, ["prompt", "response"]],
    ["a pattern of any number of words", { type: ["theboard.#"] }, ["failed"]],
    ["several patterns", { type: ["theboard.#", "llm.response"] }, ["response", "failed"]],
    ["a type that never came", { type: ["nobody.knows"] }, []],
    ["a source", { source: "beta" }, ["sync", "quarter"]],
    ["a version", { version: "v9" }, ["quarter"]],
    ["what breaks its contract", { valid: false }, ["quarter", "failed"]],
    ["what keeps it, of a source", { valid: true, source: "beta" }, ["sync"]],
    ["a time", { since: "2026-11-20T02:00:00Z", until: "2026-11-20T04:00:00+00:00" }, ["sync", "quarter"]],
    ["a time in another zone", { since: "2026-11-20T06:00:00+01:00" }, ["failed"]],
    ["the effects of a cause", { correlation: cause.id }, ["response"]],
    ["a conversation, its first event too", { conversation: cause.id }, ["prompt", "response"]],
    ["a word", { text: "review" }, ["alpha", "quarter"]],
    ["several words", { text: "review quarter" }, ["quarter"]],
    ["the beginning of a word", { text: "quarter*" }, ["alpha", "quarter"]],
    ["a phrase", { text: '"the review of"' }, ["quarter"]],
    ["no phrase that is not there", { text: '"review the"' }, []],
    ["words without their accents", { text: "zurich" }, ["alpha"]],
    ["words in another case", { text: "STRASSE GRÖSSE" }, ["prompt"]],
    ["accents where they were", { text: "straße größe" }, ["prompt"]],
    ["Japanese", { text: "会議" }, ["response"]],
    ["a type as text", { text: "theboard.meeting" }, ["failed"]],
    ["a UUID as text", { text: MEETING }, ["sync"]],
    ["nothing by what the index makes of a path", { text: pathWord("title", "Weekly sync") }, []],
    ["a payload path", { payload: { meeting_id: MEETING } }, ["sync"]],
    ["a number in the payload", { payload: { round_num: 3 } }, ["sync"]],
    ["a number given as text", { payload: { round_num: "3" } }, ["sync"]],
    ["a path into the depth", { payload: { "nested.deep.flag": true } }, ["failed"]],
    ["an element of an array", { payload: { tags: "blue" } }, ["alpha"]],
    ["two paths at once", { payload: { tags: "blue", file_path: "/vault/a.md" } }, ["alpha"]],
    [
      "everything together",
      { text: "weekly", source: "beta", type: ["artifact.*"], payload: { round_num: 3 } },
      ["sync"],
    ],
    ["positions", { from_position: 2, to_position: 3 }, ["alpha", "sync"]],
  ];

  it.each(cases)("finds %s, before it is indexed and after", async (_title, filter, expected) => {
    expect(await finds(filter)).toEqual(expected);
    await eventually(async () => (await fixture().store.stats()).indexed >= 6, "the index");
    expect(await finds(filter)).toEqual(expected);
    expect((await fixture().store.count(filter)).total).toBe(expected.length);
    const newest = await fixture().store.find(filter, { limit: 100 });
    expect(newest.events.map(nameOf)).toEqual(expected.toReversed());
  });

  it("gives pages that stay right while events arrive", async () => {
    const { store } = fixture();
    const before = await store.position();
    await store.append(many(25, (i) => ({ app: "pages", payload: { title: `page ${i}` } })));
    for (const filter of [
      { source: "pages" },
      { text: "page" },
      { from_position: before + 1 },
    ] as FindFilter[]) {
      const seen: number[] = [];
      const top = await store.position();
      let cursor: string | undefined;
      do {
        const page = await store.find(filter, { limit: 4, ...(cursor && { cursor }) });
        seen.push(...page.events.map(({ position }) => position));
        cursor = page.next_cursor;
        await store.append([delivery({ app: "pages", payload: { title: "page later" } })]);
      } while (cursor !== undefined);
      const expected = [];
      for (let position = top; position > before; position--) expected.push(position);
      expect(seen).toEqual(expected);
    }
  });

  it.each([
    ["in order of time", "019ac000-0000-7000-8000-00000000ca05"],
    ["in no order", "5f62ac00-0000-4000-8000-00000000ca05"],
  ])(
    "gives the effects of an event whose id came %s in pages, at rest and while more arrive",
    async (_title, root) => {
      const { store } = fixture();
      const effects = many(9, (i) => ({
        app: "effects",
        causes: [root],
        payload: { title: i === 4 ? "x".repeat(1_100_000) : `effect ${i}` },
      }));
      await store.append(effects.flatMap((effect) => [effect, delivery()]));
      const ids = effects.map(({ id }) => id);
      for (const filter of [{ correlation: root }, { correlation: root, source: "effects" }] as FindFilter[])
        for (const order of ["oldest", "newest"] as const)
          for (const arriving of [false, true]) {
            const seen: string[] = [];
            let cursor: string | undefined;
            do {
              const page = await store.find(filter, { limit: 3, order, ...(cursor && { cursor }) });
              seen.push(...page.events.map(({ event_id }) => event_id));
              cursor = page.next_cursor;
              if (arriving) await store.append([delivery({ app: "later" })]);
            } while (cursor !== undefined);
            expect(seen).toEqual(order === "oldest" ? ids : ids.toReversed());
          }
    },
  );

  const wrong: readonly (readonly [string, unknown, unknown, string])[] = [
    ["a negative limit", {}, { limit: -1 }, "INVALID_LIMIT"],
    ["a limit that is no number", {}, { limit: "ten" }, "INVALID_LIMIT"],
    ["too large a limit", {}, { limit: 1_001 }, "INVALID_LIMIT"],
    ["a broken cursor", {}, { limit: 1, cursor: "%%%" }, "INVALID_CURSOR"],
    ["an unknown field", { colour: "red" }, { limit: 1 }, "INVALID_FILTER"],
    ["an order that there is not", {}, { limit: 1, order: "random" }, "INVALID_FILTER"],
    ["a type with a space", { type: ["a b"] }, { limit: 1 }, "INVALID_FILTER"],
    ["a time that is none", { since: "yesterday" }, { limit: 1 }, "INVALID_FILTER"],
    ["a day that no month has", { until: "2026-02-30T00:00:00Z" }, { limit: 1 }, "INVALID_FILTER"],
    [
      "since after until",
      { since: "2026-01-02T00:00:00Z", until: "2026-01-01T00:00:00Z" },
      { limit: 1 },
      "INVALID_FILTER",
    ],
    ["text without a word", { text: "…!?" }, { limit: 1 }, "INVALID_FILTER"],
    ["an empty path", { payload: { "a..b": 1 } }, { limit: 1 }, "INVALID_FILTER"],
    ["an object as a value", { payload: { a: {} } }, { limit: 1 }, "INVALID_FILTER"],
    ["a position below zero", { from_position: -1 }, { limit: 1 }, "INVALID_FILTER"],
  ];

  it.each(wrong)("refuses %s, and says why", async (_title, filter, page, code) => {
    const error = await fixture()
      .store.find(filter as FindFilter, page as { limit: number })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, status: 400 });
    expect((error as Error).message.length).toBeGreaterThan(20);
  });

  it("refuses the cursor of another query", async () => {
    const { store } = fixture();
    const { next_cursor: cursor } = await store.find({}, { limit: 1 });
    await expect(store.find({ source: "beta" }, { limit: 1, cursor: cursor! })).rejects.toMatchObject({
      code: "INVALID_CURSOR",
    });
  });

  it("takes pathological patterns and words without pain", async () => {
    const { store } = fixture();
    const pattern = Array.from({ length: 60 }, () => "#.a").join(".");
    const type = Array.from({ length: 127 }, () => "a").join(".");
    await store.append([delivery({ type })]);
    expect((await store.find({ type: [`${pattern}.zzz`] }, { limit: 1 })).events).toEqual([]);
    expect((await store.find({ type: [`${pattern}.#`] }, { limit: 1 })).events).toHaveLength(1);
    await store.find({ text: `"${"a ".repeat(31)}` }, { limit: 1 });
    await store.find({ text: "' OR 1=1 -- \" * NEAR(a b) AND NOT" }, { limit: 1 });
  });

  it("counts over time", async () => {
    const { store } = fixture();
    const { buckets, interval_ms: interval } = await store.histogram(
      { since: "2026-11-20T00:00:00Z", until: "2026-11-20T06:00:00Z" },
      3,
    );
    expect(interval).toBe(7_200_000);
    expect(buckets).toEqual([
      { from: "2026-11-20T00:00:00.000Z", count: 2, invalid: 0 },
      { from: "2026-11-20T02:00:00.000Z", count: 2, invalid: 1 },
      { from: "2026-11-20T04:00:00.000Z", count: 2, invalid: 1 },
    ]);
    expect(idOf("alpha")).toBeDefined();
  });

  it("counts by type and source", async () => {
    const counts = await fixture().store.count({ to_position: 6 });
    expect(counts).toMatchObject({ total: 6, invalid: 2, complete: true });
    expect(counts.by_type[0]).toEqual({ event_type: "artifact.created", count: 3 });
  });
});
