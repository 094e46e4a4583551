import fc from "fast-check";
import { expect, it } from "vitest";
import { BlockList } from "../src/layout/block-list.js";
import { rangesReceived } from "../src/layout/blocks.js";

const time = fc.integer({ min: 0, max: 50 });
const times = fc.array(fc.tuple(time, time), { maxLength: 20 });
const blocksOf = (pairs: readonly (readonly [number, number])[], first = 0) =>
  pairs.map(([a, b], i) => ({
    block: first + i,
    earliest: Math.min(a, b),
    latest: Math.max(a, b),
    counts: new Map<number, number>(),
  }));

it("looks for times of receipt in few blocks and misses none, in whatever order they came", () => {
  fc.assert(
    fc.property(times, times, fc.nat(20), time, time, (before, after, from, since, until) => {
      const list = new BlockList();
      list.add(blocksOf(before));
      list.dropFrom(from);
      list.add(blocksOf(after, list.all.length));
      expect(rangesReceived(list.between(since, until), since, until)).toEqual(
        rangesReceived(list.all, since, until),
      );
    }),
  );
});
