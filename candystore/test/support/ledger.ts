import { expect } from "vitest";
import type { EventStore } from "../../src/index.js";

/** Each event is there exactly once, positions have no gap, and the chain proves it. */
export async function expectEachOnce(store: EventStore, ids: readonly string[]): Promise<void> {
  const seen: string[] = [];
  for (let after = 0; ; ) {
    const events = await store.after(after, 1_000);
    if (events.length === 0) break;
    for (const { event_id, position } of events) {
      expect(position).toBe(++after);
      seen.push(event_id);
    }
  }
  expect(seen).toHaveLength(new Set(seen).size);
  expect(new Set(seen)).toEqual(new Set(ids));
  expect(await store.verifyAudit()).toMatchObject({ intact: true, verified: ids.length });
}
