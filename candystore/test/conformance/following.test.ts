import { expect, it } from "vitest";
import type { ThreadedStore } from "../../src/engine/threaded-store.js";
import { many } from "../support/deliveries.js";
import { onEachStore } from "../support/engines.js";

onEachStore("following", (fixture) => {
  it("gives history, then what arrives, without a gap or a double", async () => {
    const { store } = fixture();
    await store.append(many(300));
    const stop = new AbortController();
    const seen: number[] = [];
    const reading = (async () => {
      for await (const events of store.follow({ after: 0, signal: stop.signal, batch: 50 })) {
        seen.push(...events.map(({ position }) => position));
        if (seen.length >= 1_300) stop.abort();
      }
    })();
    for (let i = 0; i < 20; i++) await store.append(many(50));
    await reading;
    expect(seen).toEqual(Array.from({ length: 1_300 }, (_, i) => i + 1));
  });

  it("begins with what comes from now on, and filters", async () => {
    const { store } = fixture();
    const stop = new AbortController();
    const seen: string[] = [];
    const follower = store
      .follow({ filter: { source: "wanted" }, signal: stop.signal })
      [Symbol.asyncIterator]();
    const first = follower.next();
    // The position that it begins at is asked for first; the answer to a later question comes later.
    await store.position();
    await store.append([...many(5), ...many(3, () => ({ app: "wanted" }))]);
    const { value } = await first;
    seen.push(...(value ?? []).map(({ source_app }: { source_app: string }) => source_app));
    expect(seen).toEqual(["wanted", "wanted", "wanted"]);
    stop.abort();
    expect((await follower.next()).done).toBe(true);
  });

  it("goes on with what comes where a position is beyond the last, as it is after a restore", async () => {
    const { store } = fixture();
    const stop = new AbortController();
    const after = (await store.position()) + 1_000;
    const follower = store.follow({ after, signal: stop.signal })[Symbol.asyncIterator]();
    const first = follower.next();
    await store.position();
    const arrived = many(2);
    await store.append(arrived);
    const { value } = await first;
    expect(value?.map(({ event_id }: { event_id: string }) => event_id)).toEqual(arrived.map(({ id }) => id));
    stop.abort();
    await follower.return?.(undefined);
  });

  it("lets a slow reader be slow without holding up anyone", async () => {
    const { store } = fixture();
    const slow = store.follow({ after: 0, batch: 10 })[Symbol.asyncIterator]();
    await slow.next();
    for (let i = 0; i < 10; i++) await store.append(many(100));
    const { value } = await slow.next();
    expect(value?.map(({ position }: { position: number }) => position)).toEqual(
      Array.from({ length: 10 }, (_, i) => i + 11),
    );
    await slow.return?.(undefined);
  });

  it("ends at the position that a filter names, and looks no further, whatever comes behind it", async () => {
    const { store } = fixture();
    const before = await store.position();
    await store.append(many(9));
    const filter = { to_position: before + 4 };
    const positions: number[] = [];
    for await (const events of store.follow({ after: before, filter, batch: 3 }))
      positions.push(...events.map(({ position }) => position - before));
    expect(positions).toEqual([1, 2, 3, 4]);
    expect(await store.after(before + 4, 10, filter)).toEqual([]);
    // Who goes on from there, as a replay does, has come to its end, and not to that of the store.
    const { reader } = (store as ThreadedStore).threads;
    for (const more of [{}, { type: ["nobody.knows"] }, { text: "nothing" }])
      expect(await reader.call("after", before + 4, 10, { ...filter, ...more })).toEqual({
        events: [],
        examined: before + 4,
      });
  });
});
