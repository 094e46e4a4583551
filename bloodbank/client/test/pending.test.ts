import { expect, test } from "vitest";
import { CallbackEntry, type Entry } from "../src/publish/entry.js";
import { PendingBuffer } from "../src/publish/pending.js";

const entry = (body: string | Uint8Array) =>
  new CallbackEntry(
    { exchange: "", routingKey: "q", mandatory: true, properties: {}, body },
    1_000,
    () => undefined,
    () => undefined,
  );

test.each<[string, string | Uint8Array]>([
  ["bytes", Buffer.alloc(100)],
  ["a text of one byte each", "x".repeat(100)],
  ["a text of more", "€".repeat(33)],
])("a buffer holds as many bodies as their bytes allow, and the next one waits: %s", (_, body) => {
  const pending = new PendingBuffer({ events: 1_000, bytes: 297 });
  const entries = Array.from({ length: 4 }, () => entry(body));
  expect(entries.map((each) => pending.add(each))).toEqual([true, true, true, false]);
  expect(pending.remove(entries[0]!)).toEqual([entries[3]]);
  expect(pending.size).toBe(3);
});

test("hundreds of thousands that wait come in and go in their order, and are given up, without one being looked for", () => {
  for (const giveUp of [false, true]) {
    const pending = new PendingBuffer({ events: 1_000, bytes: 1_000_000 });
    const entries = Array.from({ length: 400_000 }, () => entry("x"));
    const admitted: Entry[] = entries.filter((each) => pending.add(each));
    if (giveUp) for (const each of pending.overdue(Number.POSITIVE_INFINITY)) pending.remove(each);
    else for (const each of entries) admitted.push(...pending.remove(each));
    expect(pending.size).toBe(0);
    expect(pending.held()).toEqual([]);
    if (!giveUp) expect(admitted.every((each, n) => each === entries[n])).toBe(true);
  }
});
