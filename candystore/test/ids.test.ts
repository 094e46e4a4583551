/** Ids that come in no order go through two tables of their own: whatever their way, each is found, and known again. */
import { randomUUID } from "node:crypto";
import path from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type EventStore, openStore } from "../src/index.js";
import { PrintFilter, printOf } from "../src/layout/prints.js";
import { eventKey } from "../src/record/event-key.js";
import { many, type TestDelivery } from "./support/deliveries.js";
import { sqlite, type TestPlace } from "./support/engines.js";

const DAY = 86_400_000;
let place: TestPlace;
let store: EventStore;

const open = () => openStore({ ...place.options, contracts: false, indexing: false });

beforeEach(async () => {
  place = await sqlite.place();
  store = await open();
});

afterEach(async () => {
  await store.close();
  await place.remove();
});

/** Of version 4, of version 7, and no UUIDs at all, each naming the one before it. */
function mixed(count: number, at = Date.now()): readonly TestDelivery[] {
  let last: string | undefined;
  return many(count, (i) => {
    const random = randomUUID();
    const id =
      i % 5 === 1 ? `${random.slice(0, 14)}7${random.slice(15)}` : i % 7 === 2 ? `no-${random}` : random;
    const made = { id, at, ...(last !== undefined && { causes: [last], conversation: last }) };
    last = id;
    return made;
  });
}

async function append(events: readonly TestDelivery[]): Promise<void> {
  for (let at = 0; at < events.length; at += 1_000) await store.append(events.slice(at, at + 1_000));
}

/** Rows of some tables, while the store is closed. */
async function rowsOf<T extends string>(...tables: readonly T[]): Promise<Record<T, number>> {
  await store.close();
  const file = new DatabaseSync(path.join(place.options.dataDir, "candystore.sqlite"));
  const counts = tables.map((table) => [
    table,
    (file.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { n: number }).n,
  ]);
  file.close();
  store = await open();
  return Object.fromEntries(counts);
}

test("ids of every kind are found and known again, waiting or moved, and after the store was opened again", async () => {
  const events = mixed(9_000);
  await append(events);
  const rows = await rowsOf("ids", "new_ids", "new_links", "recent_links", "links", "all_ids", "all_links");
  expect(rows).toMatchObject({ all_ids: 9_000, all_links: 2 * 8_999 });
  // Two sixteenths of those that waited have moved; those in order never waited.
  expect(rows.ids).toBeGreaterThan(9_000 * 0.3);
  expect(rows.new_ids).toBeGreaterThan(9_000 * 0.5);
  expect(rows.links + rows.recent_links + rows.new_links).toBe(rows.all_links);

  for (let at = 0; at < events.length; at += 1_000)
    expect(await store.append(events.slice(at, at + 1_000))).toMatchObject({ stored: 0, duplicates: 1_000 });
  for (let at = 3; at < events.length; at += 100) {
    const { id } = events[at]!;
    expect(await store.get(id)).toMatchObject({ position: at + 1, duplicates: 1 });
    const effects = await store.find({ correlation: id }, { limit: 10 });
    expect(effects.events.map(({ position }) => position)).toEqual([at + 2]);
    const conversation = await store.find({ conversation: id }, { limit: 10, order: "oldest" });
    expect(conversation.events.map(({ position }) => position)).toEqual([at + 1, at + 2]);
  }
  expect((await store.trace(events[4_500]!.id, 500))?.nodes.length).toBe(500);
  expect(await store.verifyAudit()).toMatchObject({ intact: true, verified: 9_000 });
});

test("an id that moved is found by all ways while the store grows over every range", async () => {
  const events = many(70_000);
  for (let at = 0; at < events.length; at += 5_000) await store.append(events.slice(at, at + 5_000));
  const rows = await rowsOf("all_ids", "new_ids", "recent_ids", "ids");
  expect(rows.all_ids).toBe(70_000);
  for (const part of [rows.new_ids, rows.recent_ids, rows.ids]) expect(part).toBeGreaterThan(100);
  expect(await store.append(events.slice(0, 5_000))).toMatchObject({ stored: 0, duplicates: 5_000 });
  expect(await store.append(events.slice(-5_000))).toMatchObject({ stored: 0, duplicates: 5_000 });
});

test("copies among ids in order are stored once and counted, whichever batch they come in, whoever wrote", async () => {
  const events = many(3_200, (i) => ({ id: `0194b0c0-0000-7000-8000-${i.toString(16).padStart(12, "0")}` }));
  const from = (first: number, end: number) => events.slice(first, end);
  expect(await store.append(from(0, 1_000))).toMatchObject({ stored: 1_000, duplicates: 0 });
  const some = [...from(990, 1_500), events[1_499]!, ...from(1_500, 1_600)];
  expect(await store.append(some)).toMatchObject({ stored: 600, duplicates: 11, position: 1_600 });
  expect(await store.append(from(0, 1_600))).toMatchObject({ stored: 0, duplicates: 1_600 });
  expect(await store.append(from(1_600, 3_000))).toMatchObject({ stored: 1_400, position: 3_000 });
  const other = await open();
  try {
    expect(await other.append(from(3_000, 3_100))).toMatchObject({ stored: 100, position: 3_100 });
    expect(await store.append(from(3_050, 3_200))).toMatchObject({ stored: 100, duplicates: 50 });
  } finally {
    await other.close();
  }
  for (const [at, duplicates] of [
    [0, 1],
    [990, 2],
    [1_499, 2],
    [1_600, 0],
    [3_050, 1],
    [3_199, 0],
  ] as const)
    expect(await store.get(events[at]!.id)).toMatchObject({ position: at + 1, duplicates });
  expect(await store.verifyAudit()).toMatchObject({ intact: true, verified: 3_200 });
  expect(await rowsOf("events", "ids", "new_ids")).toEqual({ events: 3_200, ids: 3_200, new_ids: 0 });
});

test("two that write know each other's ids", async () => {
  const other = await open();
  try {
    const first = mixed(500);
    const second = mixed(500);
    await store.append(first);
    await other.append(second);
    expect(await store.append([...second, ...mixed(3)])).toMatchObject({ stored: 3, duplicates: 500 });
    expect(await other.append([...first, ...mixed(3)])).toMatchObject({ stored: 3, duplicates: 500 });
    expect(await store.verifyAudit()).toMatchObject({ intact: true, verified: 1_006 });
  } finally {
    await other.close();
  }
});

test("retention leaves no id and no link of what it removes, and a late copy is stored again", async () => {
  const old = mixed(5_000, Date.now() - 10 * DAY);
  await append(old);
  await store.retain({ rules: [{ type: ["#"], max_age_days: 5 }], archive: false });
  const rows = await rowsOf("ids", "recent_ids", "new_ids", "links", "recent_links", "new_links");
  expect(Object.values(rows)).toEqual([0, 0, 0, 0, 0, 0]);
  expect(await store.append(old.slice(0, 100))).toMatchObject({ stored: 100, duplicates: 0 });
  expect(await store.append(old.slice(0, 100))).toMatchObject({ stored: 0, duplicates: 100 });
});

test("the filter has every id that was added, and few others", () => {
  const filter = new PrintFilter(65_536);
  const prints = Array.from({ length: 65_536 }, () => printOf(eventKey(randomUUID()) as Uint8Array));
  for (const print of prints) filter.add(print);
  expect(filter.full).toBe(false);
  expect(prints.every((print) => filter.mayHave(print))).toBe(true);
  const wrong = Array.from({ length: 10_000 }, () => printOf(eventKey(randomUUID()) as Uint8Array)).filter(
    (print) => filter.mayHave(print),
  );
  expect(wrong.length).toBeLessThan(500);
});
