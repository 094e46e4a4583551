/**
 * A connection that is cut at each boundary between two frames, once, from either side: while it is set up, while events
 * are published, confirmed, delivered, moved and acked, and while it is closed. `npm test` cuts at some of the boundaries
 * of the setting up and at all others; `npm run test:full` at each.
 */
import { expect, test } from "vitest";
import {
  type BusOptions,
  Consumer,
  deadLetterQueue,
  declareQueues,
  NonRetryable,
  Publisher,
  RawConsumer,
} from "../../src/index.js";
import { artifactCreated, thingDone } from "../support/catalog.js";
import { eventually } from "../support/eventually.js";
import { type FrameCut, type FrameProxy, type Side, startFrameProxy } from "../support/frame-proxy.js";
import { type Fixture, onEachEngine } from "../support/on-each-engine.js";

const FULL = process.env.TEST_FULL !== undefined;
/** Of the boundaries of setting up, `npm test` takes each so-and-so-manieth. */
const SHARE = 9;
const AT_ONCE = 8;

/** How many frames each side sent when all was set up, and in all, in a session that nobody cuts. */
interface Counts {
  readonly setUp: Readonly<Record<Side, number>>;
  readonly all: Readonly<Record<Side, number>>;
}

type Session = (name: string, proxy: FrameProxy) => Promise<{ readonly setUp: Record<Side, number> }>;

/** Runs the session once without a cut and then once for each boundary; returns how many cuts were made. */
async function cutEverywhere({ bus }: Fixture, session: Session): Promise<number> {
  const counts = await uncut(bus.url, session);
  const cuts: FrameCut[] = (["client", "broker"] as const).flatMap((from) =>
    boundaries(counts.setUp[from], counts.all[from]).map((after) => ({ from, after })),
  );
  let made = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let cut = cuts.shift(); cut !== undefined; cut = cuts.shift()) {
        const proxy = await startFrameProxy(bus.url, cut);
        await session(`${cut.from}.${cut.after}`, proxy);
        await proxy.close();
        // Confirms and acks may be gathered: a session can have fewer frames than the one that was counted.
        if (proxy.cut) made++;
      }
    }),
  );
  return made;
}

async function uncut(url: string, session: Session): Promise<Counts> {
  const proxy = await startFrameProxy(url);
  const { setUp } = await session("uncut", proxy);
  const all = { ...proxy.passed };
  await proxy.close();
  return { setUp, all };
}

function boundaries(setUp: number, all: number): readonly number[] {
  return Array.from({ length: all }, (_, n) => n + 1).filter((n) => FULL || n >= setUp || n % SHARE === 0);
}

onEachEngine("a connection cut at each frame boundary", (fixture) => {
  test("a publisher's events are on the bus when publish resolves", async () => {
    const seen = new Set<string>();
    const recorder = new RawConsumer(fixture().options, {
      queue: "cuts.published",
      bindings: ["test.#"],
      onBatch: async (batch) => {
        for (const { properties } of batch) seen.add(String(properties.messageId));
      },
    });
    await recorder.start();
    const published = new Set<string>();
    const made = await cutEverywhere(fixture(), async (name, proxy) => {
      const publisher = new Publisher(fixture().with({ url: proxy.url }));
      await publisher.start({ retry: true });
      const setUp = { ...proxy.passed };
      const publications = [1, 2, 3].map((n) => ({
        type: thingDone,
        // The last one is longer than a frame.
        payload: { name, n, ...(n === 3 && { text: "x".repeat(200_000) }) },
      }));
      const results = await publisher.publishMany(publications);
      for (const { event, routed } of results) {
        expect(routed).toBe(true);
        published.add(event.event_id);
      }
      await publisher.close();
      return { setUp };
    });
    expect(made).toBeGreaterThan(10);
    await eventually(() => [...published].every((id) => seen.has(id)), "what was published");
    expect([...seen].filter((id) => !published.has(id))).toEqual([]);
    await recorder.close();
  });

  test("a consumer's events are handled, tried again or set aside: each is accounted for", async () => {
    const made = await cutEverywhere(fixture(), (name, proxy) =>
      consume(`services.cuts.${name}`, fixture(), fixture().with({ url: proxy.url }), proxy),
    );
    expect(made).toBeGreaterThan(10);
  });
});

/** One queue with four events in it: one is handled at once, one later, one at its second attempt, one never. */
async function consume(
  queue: string,
  { options, drain }: Fixture,
  proxied: BusOptions,
  proxy: FrameProxy,
): Promise<{ readonly setUp: Record<Side, number> }> {
  await declareQueues(options, [{ queue, bindings: [] }]);
  const publisher = new Publisher(options);
  await publisher.start();
  const ids = await Promise.all(
    ["at once", "later", "second", "never"].map(async (how) => {
      const event = {
        event_id: crypto.randomUUID(),
        event_type: artifactCreated,
        timestamp: new Date().toISOString(),
        version: "v1",
        source: options.source,
        correlation_ids: [],
        agent_context: null,
        payload: { how },
      };
      await publisher.sendToQueue(queue, JSON.stringify(event), { messageId: event.event_id });
      return event.event_id;
    }),
  );
  await publisher.close();

  const handled = new Map<unknown, string>();
  const consumer = new Consumer(proxied, { queue, concurrency: 4 }).on(
    artifactCreated,
    async ({ event_id, payload: { how } }, { attempt }) => {
      if (how === "later") await new Promise((resolve) => setImmediate(resolve));
      if (how === "second" && attempt === 1) throw new Error("not yet");
      if (how === "never") throw new NonRetryable("not at all");
      handled.set(how, event_id);
    },
  );
  await consumer.start({ retry: true });
  const setUp = { ...proxy.passed };
  const letters = await drain(deadLetterQueue(queue), 1);
  await eventually(() => handled.size === 3, `the events of ${queue}`);
  await consumer.close();
  const accounts = [handled.get("at once"), handled.get("later"), handled.get("second")];
  expect([...accounts, letters[0]?.properties.messageId]).toEqual(ids);
  expect(letters.every(({ properties }) => properties.messageId === ids[3])).toBe(true);
  return { setUp };
}
