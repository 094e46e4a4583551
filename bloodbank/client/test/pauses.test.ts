import { expect, test } from "vitest";
import { Pauses } from "../src/link/pauses.js";

/** Without what each client adds or takes for itself: a quarter at most. */
function expectAbout(pauses: readonly number[], expected: readonly number[]): void {
  expect(pauses).toHaveLength(expected.length);
  for (const [n, pause] of pauses.entries()) {
    expect(pause).toBeGreaterThanOrEqual((expected[n] ?? 0) * 0.75);
    expect(pause).toBeLessThanOrEqual((expected[n] ?? 0) * 1.25);
  }
}

test("attempts that fail come ever later, five seconds apart at most", () => {
  const pauses = new Pauses();
  const waited = Array.from({ length: 8 }, () => pauses.afterFailure());
  expectAbout(waited, [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
});

test("a connection that had held is made again at once, and the next failure is the first one", () => {
  const pauses = new Pauses();
  expect(pauses.afterLoss(400)).toBe(0);
  for (let n = 0; n < 5; n++) pauses.afterFailure();
  expect(pauses.afterLoss(60_000)).toBe(0);
  expectAbout([pauses.afterFailure()], [100]);
});

test("one that is lost each time right after it was made is made ever more rarely", () => {
  const pauses = new Pauses();
  const waited = Array.from({ length: 7 }, () => pauses.afterLoss(60));
  expectAbout(waited, [100, 200, 400, 800, 1_600, 3_200, 5_000]);
});
