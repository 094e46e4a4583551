import { expect, onTestFinished, test, vi } from "vitest";
import { AckLedger } from "../src/consume/ack-ledger.js";
import { Lanes } from "../src/consume/lanes.js";
import { RecentIds } from "../src/consume/recent-ids.js";

const item = (key: string | undefined, n: number) => ({ key, n });
const lanes = () => new Lanes<ReturnType<typeof item>>(({ key }) => key);

test("items of one key wait for each other, others do not", () => {
  const line = lanes();
  const [a1, a2, free, b1] = [item("a", 1), item("a", 2), item(undefined, 3), item("b", 4)];
  for (const each of [a1, a2, free, b1]) line.push(each);
  expect([line.take(), line.take(), line.take(), line.take()]).toEqual([a1, free, b1, undefined]);
  expect(line.empty).toBe(true);
  line.done(a1);
  expect(line.take()).toBe(a2);
  line.done(a2);
  line.done(b1);
  line.push(item("a", 5));
  expect(line.take()?.n).toBe(5);
});

test("emptied lanes give back all that waited, behind ready items and behind those at work", () => {
  const line = lanes();
  const items = [item("a", 1), item("a", 2), item("b", 3), item("b", 4), item(undefined, 5)];
  for (const each of items) line.push(each);
  expect(line.take()?.n).toBe(1);
  expect(
    line
      .clear()
      .map(({ n }) => n)
      .sort(),
  ).toEqual([2, 3, 4, 5]);
  expect(line.empty).toBe(true);
  // a is still at work; b is free again.
  line.push(item("a", 6));
  line.push(item("b", 7));
  expect(line.take()?.n).toBe(7);
  line.done(item("a", 1));
  expect(line.take()?.n).toBe(6);
});

test("thousands go through in order", () => {
  const line = lanes();
  let taken = 0;
  for (let n = 0; n < 10_000; n++) {
    line.push(item(undefined, n));
    if (n % 3 !== 0) expect(line.take()?.n).toBe(taken++);
  }
  while (!line.empty) expect(line.take()?.n).toBe(taken++);
  expect(taken).toBe(10_000);
});

const both = (most: number) => ({ forHandler: most, forMove: most });
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("one ack tells the broker of all up to the first that is open; what it was told otherwise is not told again", () => {
  const sent: string[] = [];
  const ledger = new AckLedger(both(10), (front, others) => {
    if (front > 0) sent.push(`${front}*`);
    sent.push(...others.map(String));
  });
  const flushed = (): readonly string[] => {
    ledger.flush();
    return sent.splice(0);
  };
  for (const tag of [1, 2, 3]) ledger.ack(tag);
  expect(flushed()).toEqual(["3*"]);
  ledger.ack(6);
  ledger.ack(5);
  expect(flushed()).toEqual(["6", "5"]);
  ledger.told(7);
  ledger.ack(4);
  // 5, 6 and 7 are known: a multiple ack of one of them would name a tag that is no longer there.
  expect(flushed()).toEqual(["4*"]);
  ledger.told(8);
  expect(flushed()).toEqual([]);
  ledger.ack(10);
  ledger.ack(9);
  expect(flushed()).toEqual(["10*"]);
  ledger.ack(12);
  ledger.ack(11);
  ledger.ack(14);
  expect(flushed()).toEqual(["12*", "14"]);
  ledger.ack(13);
  ledger.close();
  expect(flushed()).toEqual([]);
});

test("acks beyond an open delivery wait for it a little, and not at all when they are many", async () => {
  const sent: (readonly [number, number])[] = [];
  const ledger = new AckLedger(both(3), (front, others) => sent.push([front, others.length]));
  ledger.ack(1);
  for (const tag of [3, 4, 5]) ledger.ack(tag);
  await turn();
  expect(sent.splice(0)).toEqual([[1, 0]]);
  ledger.ack(2);
  await turn();
  expect(sent.splice(0)).toEqual([[5, 0]]);
  for (const tag of [7, 8, 9, 10]) ledger.ack(tag);
  await turn();
  expect(sent.splice(0)).toEqual([[0, 4]]);
  ledger.ack(12);
  while (sent.length === 0) await turn();
  expect(sent).toEqual([[0, 1]]);
  ledger.close();
});

test("more acks wait for a delivery whose copy is on its way than for one at work", async () => {
  const sent: (readonly [number, number])[] = [];
  const ledger = new AckLedger({ forHandler: 3, forMove: 6 }, (front, others) =>
    sent.push([front, others.length]),
  );
  ledger.moving(1);
  for (const tag of [2, 3, 4, 5, 6, 7]) ledger.ack(tag);
  await turn();
  expect(sent).toEqual([]);
  ledger.ack(1);
  await turn();
  expect(sent.splice(0)).toEqual([[7, 0]]);
  // 8 is at work: what is on its way behind it changes nothing.
  ledger.moving(9);
  for (const tag of [10, 11, 12, 13]) ledger.ack(tag);
  await turn();
  expect(sent.splice(0)).toEqual([[0, 4]]);
  ledger.ack(9);
  ledger.ack(8);
  // Settled already.
  ledger.moving(8);
  await turn();
  expect(sent).toEqual([[9, 0]]);
  ledger.close();
});

test("while the front goes on, no ack beyond it is told by itself; when it stands still, each is in the end", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const singles: number[] = [];
  let front = 0;
  const ledger = new AckLedger(both(1_000), (all, others) => {
    front = Math.max(front, all);
    singles.push(...others);
  });
  for (let tag = 101; tag <= 110; tag++) ledger.ack(tag);
  // Many times its patience, and one step forward each time it looks.
  for (let tag = 1; tag <= 50; tag++) {
    ledger.ack(tag);
    await turn();
    vi.advanceTimersByTime(10);
  }
  expect([singles, front]).toEqual([[], 50]);
  vi.advanceTimersByTime(20);
  expect(singles).toHaveLength(10);
  expect([singles.sort((a, b) => a - b)[0], front]).toEqual([101, 50]);
  ledger.close();
});

test("a delivery that stays open long holds up the common front alone", () => {
  const told = new Set<number>();
  let front = 0;
  const ledger = new AckLedger(both(100), (all, others) => {
    front = Math.max(front, all);
    for (const tag of others) {
      expect(told.has(tag)).toBe(false);
      told.add(tag);
    }
  });
  for (let tag = 2; tag <= 5_000; tag++) ledger.ack(tag);
  ledger.flush();
  expect([front, told.size]).toEqual([0, 4_999]);
  for (let tag = 5_001; tag <= 9_000; tag++) if (tag !== 7_000) ledger.ack(tag);
  ledger.ack(1);
  ledger.flush();
  // 7,000 is still open. Up to there one ack is enough, of a tag that the broker was not told of yet.
  expect([front, told.size]).toEqual([6_999, 4_999 + 2_000]);
  ledger.ack(7_000);
  ledger.ack(9_001);
  ledger.flush();
  expect([front, told.size]).toEqual([9_001, 4_999 + 2_000]);
  ledger.close();
});

test("what is settled already is not settled again", () => {
  const sent: string[] = [];
  const ledger = new AckLedger(both(10), (front, others) => sent.push(`${front}|${others.join()}`));
  ledger.ack(1);
  ledger.ack(1);
  ledger.ack(3);
  expect([ledger.told(1), ledger.told(3)]).toEqual([false, false]);
  ledger.ack(3);
  ledger.flush();
  ledger.ack(2);
  ledger.flush();
  expect(sent).toEqual(["1|3", "2|"]);
  ledger.close();
});

test("the last ids are remembered, older ones are not", () => {
  const recent = new RecentIds(100);
  const ids = Array.from({ length: 150 }, () => crypto.randomUUID());
  for (const id of ids) recent.add(id);
  expect(ids.slice(50).every((id) => recent.has(id))).toBe(true);
  expect(ids.slice(0, 50).some((id) => recent.has(id))).toBe(false);
});
