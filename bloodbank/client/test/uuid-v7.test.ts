import { validate, version } from "uuid";
import { expect, test } from "vitest";
import { uuidv7, uuidv7Source } from "../src/envelope/uuid-v7.js";

test("ids are UUIDs of version 7, unique, in the order in which they were made, and carry the time", () => {
  const before = Date.now();
  const ids = Array.from({ length: 50_000 }, uuidv7);
  expect(ids.every((id) => validate(id) && version(id) === 7)).toBe(true);
  expect(new Set(ids).size).toBe(ids.length);
  expect([...ids].sort()).toEqual(ids);
  const time = Number.parseInt(uuidv7().replaceAll("-", "").slice(0, 12), 16);
  expect(time).toBeGreaterThanOrEqual(before);
});

test("the order holds in a stopped clock and in one that is set back", () => {
  let now = 1_800_000_000_000;
  const next = uuidv7Source(() => now);
  const ids = Array.from({ length: 10_000 }, next);
  now -= 60_000;
  ids.push(...Array.from({ length: 10_000 }, next));
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
});
