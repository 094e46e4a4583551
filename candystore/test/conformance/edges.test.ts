import { Buffer } from "node:buffer";
import { expect, it } from "vitest";
import { eventually } from "../../../bloodbank/client/test/support/eventually.js";
import { type Delivery, openStore, type StoredEvent } from "../../src/index.js";
import { delivery, many, raw } from "../support/deliveries.js";
import { onEachStore, postgres, sqlite } from "../support/engines.js";

const DAY = 86_400_000;

async function linesOf(pieces: AsyncIterable<Uint8Array>): Promise<readonly string[]> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all).toString().split("\n").slice(0, -1);
}

async function* piecesOf(...lines: readonly string[]) {
  for (const line of lines) yield Buffer.from(`${line}\n`);
}

const withoutPosition = (events: readonly StoredEvent[]) => events.map(({ position: _, ...event }) => event);

onEachStore("bodies at the edge", (fixture) => {
  const odd: readonly (readonly [title: string, delivery: Delivery])[] = [
    ["nothing", raw("")],
    ["zero bytes", raw(Buffer.from([0x7b, 0, 0x7d, 0]))],
    ["line breaks alone", raw("\n\r\n\n")],
    [
      "lists in lists, deeper than anybody could write them again",
      raw("[".repeat(50_000) + "]".repeat(50_000)),
    ],
    ["a byte order mark before an event", raw(`\ufeff${delivery().body.toString()}`)],
    ["half a pair of surrogates", raw('{"event_id":"\\ud800","event_type":"a.b"}')],
    [
      "names of what every object has",
      raw('{"event_id":"odd","event_type":"a.b","__proto__":{"a":1},"constructor":2}'),
    ],
    ["two megabytes", delivery({ payload: { title: "x".repeat(2_000_000) } })],
  ];

  it.each(odd)("%s is kept beside others, shown, exported and imported as it is", async (_title, one) => {
    const { store } = fixture();
    const before = await store.position();
    await store.append([delivery(), one, delivery()]);
    const { events } = await store.find({ from_position: before + 1 }, { limit: 10, order: "oldest" });
    expect(events.map(({ position }) => position - before)).toEqual([1, 2, 3]);
    const { event_id: id } = events[1]!;
    expect(Buffer.from((await store.body(id))!).equals(Buffer.from(one.body))).toBe(true);
    expect(await store.get(id)).toEqual(events[1]);
    expect(JSON.parse((await store.getJson(id))!)).toEqual(events[1]);
    expect(await store.after(before, 10)).toEqual(events);
    expect((await store.trace(id))?.nodes.map(({ event_id }) => event_id)).toContain(id);

    const place = await (store.engine === "postgres" ? postgres : sqlite).place();
    const copy = await openStore(place.options);
    try {
      expect(await copy.import(store.export({ from_position: before + 1 }, "ndjson"))).toMatchObject({
        stored: 3,
        rejected: [],
      });
      const copied = await copy.find({}, { limit: 10, order: "oldest" });
      expect(withoutPosition(copied.events)).toEqual(withoutPosition(events));
      expect(Buffer.from((await copy.body(id))!).equals(Buffer.from(one.body))).toBe(true);
    } finally {
      await copy.close();
      await place.remove();
    }
  });

  it("what has more words than an index takes is found by its last ones", async () => {
    const { store } = fixture();
    const numbers = Array.from({ length: 13_000 }, (_, n) => n + 0.5);
    const long = delivery({ payload: { numbers, last_of_all: "needle at the end" } });
    // As many bytes of words as a `tsvector` does not hold.
    const letters = "абвгдежзийклмнопрстуфхцчшщъыьэюя".repeat(2).slice(0, 56);
    const words = Array.from({ length: 10_000 }, (_, n) => `${letters}${n}`).join(" ");
    const large = delivery({ payload: { words, last_of_all: "haystack" } });
    await store.append([long, large, delivery()]);
    const position = await store.position();
    await eventually(async () => (await store.stats()).indexed >= position, "the index");
    for (const [filter, id] of [
      [{ text: "needle" }, long.id],
      [{ payload: { last_of_all: "needle at the end" } }, long.id],
      [{ payload: { last_of_all: "haystack" } }, large.id],
      [{ text: `${letters}9999` }, large.id],
    ] as const) {
      const { events } = await store.find(filter, { limit: 10 });
      expect(events.map(({ event_id }) => event_id)).toEqual([id]);
    }
    expect((await store.find({ text: "needle haystack" }, { limit: 10 })).events).toEqual([]);
  });
});

onEachStore("going out and coming in at the edge", (fixture) => {
  it("an export ends with what was there when it began, however fast events come", async () => {
    const { store } = fixture();
    await store.append(many(450));
    let lines = 0;
    let pieces = 0;
    for await (const piece of store.export({}, "ndjson")) {
      lines += piece.filter((byte) => byte === 10).length;
      pieces++;
      expect(pieces).toBeLessThan(10);
      await store.append(many(300));
    }
    expect(lines).toBe(450);
    // One that a position bounds does not wait for a moment in which nothing comes.
    for await (const piece of store.export({ to_position: 10 }, "ndjson")) {
      expect(piece.filter((byte) => byte === 10).length).toBe(10);
      await store.append(many(1));
    }
  });

  it("an export of large events comes in pieces that are not larger than they must be", async () => {
    const { store } = fixture();
    const before = await store.position();
    for (let i = 0; i < 6; i++)
      await store.append(many(25, () => ({ payload: { title: "z".repeat(200_000) } })));
    let bytes = 0;
    for await (const piece of store.export({ from_position: before + 1 }, "ndjson")) {
      expect(piece.byteLength).toBeLessThan(4_000_000);
      bytes += piece.byteLength;
    }
    expect(bytes).toBeGreaterThan(150 * 200_000);
  });

  it("an import takes no line that no export has written, and says what is wrong with it", async () => {
    const { store } = fixture();
    const [line = ""] = await linesOf(store.export({ to_position: 1 }, "ndjson"));
    const id = (JSON.parse(line) as StoredEvent).event_id;
    const altered = (change: object) => JSON.stringify({ ...JSON.parse(line), ...change });
    const position = await store.position();
    const report = await store.import(
      piecesOf(
        altered({ received_at: "1969-12-31T23:59:59.000Z" }),
        altered({ headers: "none" }),
        altered({ properties: [] }),
        altered({ violations: "many" }),
        altered({ duplicates: -1 }),
        altered({ duplicates: 2 ** 40 }),
      ),
    );
    expect(report).toMatchObject({ lines: 6, stored: 0, duplicates: 0, passed_over: 0 });
    expect(report.rejected.map(({ reason }) => reason)).toEqual([
      expect.stringContaining("received_at"),
      expect.stringContaining("headers"),
      expect.stringContaining("properties"),
      expect.stringContaining("violations"),
      expect.stringContaining("duplicates"),
      expect.stringContaining("duplicates"),
    ]);
    expect(await store.position()).toBe(position);
    expect(await store.get(id)).toMatchObject({ duplicates: 0 });
  });

  it("an event that nests as deep as events may is exported and imported", async () => {
    const { store } = fixture();
    // The event and its payload are two levels.
    const deepest = delivery({ payload: { deep: JSON.parse("[".repeat(126) + "]".repeat(126)) } });
    await store.append([deepest]);
    const [line = ""] = await linesOf(store.export({ from_position: await store.position() }, "ndjson"));
    expect(await store.import(piecesOf(line))).toMatchObject({ duplicates: 1, rejected: [] });
  });
});

onEachStore("retention at the edge", (fixture) => {
  const old = Date.now() - 10 * DAY;
  const rules = [{ type: ["#"], max_age_days: 5 }];
  const titled = { payload: { title: "y".repeat(2_000) } };

  it("tells before it removes anything what would go by age and by size together", async () => {
    const { store } = fixture();
    const aged = many(100, () => ({ ...titled, at: old }));
    await store.append(aged);
    await store.append(many(400, () => titled));
    const size = aged[0]!.body.byteLength;
    // A size for which somewhat more must go than goes by age.
    let most = 2_000_000;
    let bySize = 0;
    for (; bySize < 140; most *= 0.98)
      bySize = (await store.retain({ rules: [], max_bytes: most, dry_run: true })).removed;
    const told = await store.retain({ rules, max_bytes: most / 0.98, dry_run: true });
    expect(told).toMatchObject({ removed: bySize, bytes: bySize * size });
    expect((await store.stats()).events).toBe(500);
    const done = await store.retain({ rules, max_bytes: most / 0.98, archive: false });
    expect(done.removed).toBeGreaterThan(100);
  });

  it("leaves nothing of what it removed in the course of time", async () => {
    const { store } = fixture();
    const since = Date.now();
    // Whole blocks of them.
    for (let i = 0; i < 3; i++) await store.append(many(1_024, () => ({ at: old })));
    await store.append([delivery({ at: since })]);
    await store.retain({ rules: [{ type: ["#"], max_age_days: 5 }], archive: false });
    const { oldest_received_at: oldest } = await store.stats();
    const { buckets } = await store.histogram({}, 10);
    expect(buckets[0]?.from).toBe(oldest);
    expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBe((await store.stats()).events);
  });

  it("refuses a rule that is none", async () => {
    await expect(fixture().store.retain({ rules: [null] as never })).rejects.toMatchObject({
      code: "INVALID_RETENTION",
    });
  });
});
