/** The short form of the crash harness; `npm run test:full` runs the long one. */
import { beforeAll, describe, expect, test } from "vitest";
import { clientUnderFaults } from "../client.mjs";
import { randomFrom } from "../random.mjs";
import { scenario } from "../scenario.mjs";

const full = process.env.TEST_FULL !== undefined;
const kills = (apart: boolean) => (full ? 50 : apart ? 5 : 4);
const events = full ? 100_000 : 3_000;
let seed = 0;
beforeAll(() => {
  // A run that failed is repeated with its seed.
  seed = Number(process.env.FAULTS_SEED ?? Date.now() % 1_000_000_000);
  console.info(`FAULTS_SEED=${seed}`);
});

describe("a system killed at random moments", () => {
  for (const apart of [false, true])
    test(`${apart ? "with a broker of its own" : "in one process"}: keeps every promise that it made, makes each effect once, in order`, async () => {
      const result = await scenario({
        apart,
        kills: kills(apart),
        random: randomFrom(seed),
        say: () => undefined,
      });
      expect(result.losses).toEqual([]);
      expect(result.kills).toBe(kills(apart));
      expect(result.webhooks).toBeGreaterThan(0);
      expect(result.events).toBeGreaterThan(0);
    }, 3_600_000);
});

test("connections that break and handlers that throw, hang and die lose no event and make no effect twice", async () => {
  const results = await clientUnderFaults({ events, random: randomFrom(seed), say: () => undefined });
  for (const result of results) {
    expect(result.losses).toEqual([]);
    expect(result.effects).toBe(result.events);
    expect(result.thrown).toBeGreaterThan(0);
    expect(result.cuts).toBeGreaterThan(0);
  }
}, 3_600_000);
