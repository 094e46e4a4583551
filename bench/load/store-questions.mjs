// What a store is asked, and how long that takes.
import { deliveries, WORDS } from "./store-events.mjs";

/** Milliseconds that passed, and that this process worked for: others may have the machine as well. */
export async function timed(work) {
  const cpu = process.cpuUsage();
  const began = performance.now();
  await work();
  const wall = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  return { wall, cpu: (user + system) / 1_000 };
}

/** By the name of what is asked for, filters of a store of so many events; each `n` gives another one. */
export function filtersOf(events) {
  const at = (share) => new Date(deliveries(Math.floor(events * share), 1)[0].receivedAt).toISOString();
  const some = (n) => deliveries(Math.floor(((n * 7_919) % 1_000) * (events / 1_000)), 1)[0];
  return {
    none: () => ({}),
    type: (n) => ({ type: [some(n).routingKey] }),
    source: (n) => ({ source: some(n).app }),
    version: () => ({ version: "v1" }),
    valid: () => ({ valid: true }),
    "type and source": (n) => ({ type: [some(n).routingKey], source: some(n).app }),
    time: (n) => ({ since: at((n % 90) / 100), until: at((n % 90) / 100 + 0.05) }),
    correlation: (n) => ({ correlation: some(n).id }),
    payload: (n) => ({ payload: { meeting_id: some(n).meeting } }),
    text: (n) => ({ text: WORDS[n % WORDS.length] }),
  };
}

const percentile = (walls, share) => [...walls].sort((a, b) => a - b)[Math.floor(walls.length * share)];
export const figures = (walls) => ({
  asked: walls.length,
  median: percentile(walls, 0.5),
  p95: percentile(walls, 0.95),
});
