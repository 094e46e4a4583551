/** A whole bus for one test: a real broker on a port of its own, in a folder of its own, gone when it is closed. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type BusOptions,
  EVENTS_EXCHANGE,
  type HandlerContext,
  Publisher,
  queueDepth,
  RawConsumer,
  type RawDelivery,
} from "@33god/bloodbank";
import { type Admit, type Broker, startBroker } from "@33god/bloodbank-broker";
import { type Catalog, loadCatalog, type Source } from "@33god/holyfields";
import { PublishedEvents } from "./published.js";
import { TestClock } from "./test-clock.js";

/** Looks that must agree before the bus counts as settled, and the pause between them in milliseconds. */
const LOOKS = 4;
const PAUSE = 4;
/** Milliseconds that all messages of a queue are waited for, before it is looked at anew. */
const PATIENCE = 1_000;

export interface TestBusSettings {
  /** The house's own contracts by default. */
  readonly catalog?: Catalog;
  /** Whether the broker refuses what breaks its contract, as the platform's does; true by default. */
  readonly admission?: boolean;
  readonly source?: Source;
  readonly clock?: TestClock;
}

/**
 * @example
 * const bus = await startTestBus();
 * const consumer = new Consumer(bus.options, { queue: "services.my.service" }).on("artifact.created", handler);
 * await consumer.start();
 * await bus.publisher.publish("artifact.created", { artifact_type: "code", file_path: "/a.ts" });
 * await bus.settled();
 * bus.published.one("artifact.created", { file_path: "/a.ts" });
 * await consumer.close();
 * await bus.close();
 */
export class TestBus {
  /** For every client of this bus. */
  readonly options: BusOptions;
  /** Started. */
  readonly publisher: Publisher;
  readonly published: PublishedEvents;
  readonly clock: TestClock;
  readonly #broker: Broker;
  readonly #folder: string;
  readonly #recorder: RawConsumer;
  #closing: Promise<void> | undefined;

  private constructor(broker: Broker, folder: string, clock: TestClock, options: BusOptions) {
    this.#broker = broker;
    this.#folder = folder;
    this.clock = clock;
    this.options = options;
    this.publisher = new Publisher(options);
    this.published = new PublishedEvents();
    this.#recorder = new RawConsumer(options, {
      queue: "testing.recorder",
      bindings: ["#"],
      linger: 0,
      onBatch: async (batch) => {
        for (const { body, routingKey } of batch) {
          const verdict = options.catalog.validateBytes(body, routingKey);
          if (verdict.valid) this.published.add(verdict.event);
        }
      },
    });
  }

  static async start(settings: TestBusSettings = {}): Promise<TestBus> {
    const { catalog = loadCatalog(), admission = true, clock = new TestClock() } = settings;
    const folder = await mkdtemp(path.join(tmpdir(), "bloodbank-testing-"));
    const broker = await startBroker({
      dataDir: folder,
      port: 0,
      clock,
      ...(admission && { admit: admissionBy(catalog), guarded: [EVENTS_EXCHANGE] }),
    });
    const bus = new TestBus(broker, folder, clock, {
      url: `amqp://guest:guest@${broker.host}:${broker.port}/`,
      catalog,
      source: settings.source ?? { host: "test", type: "system", app: "test" },
    });
    await Promise.all([bus.publisher.start(), bus.#recorder.start()]);
    return bus;
  }

  get url(): string {
    return `amqp://guest:guest@${this.#broker.host}:${this.#broker.port}/`;
  }

  /**
   * Resolves when nothing is on its way any more: every event published is handled by all who are bound for it, and
   * what failed has gone through its whole retry ladder, whose delays pass in no time. What a handler left to
   * its own timers cannot be seen from here.
   *
   * @throws Error after `limit` milliseconds of real time (10,000 by default): something goes round in circles
   */
  async settled(limit = 10_000): Promise<void> {
    const until = performance.now() + limit;
    for (;;) {
      await this.#quiet(until);
      const { next } = this.clock;
      if (next === undefined) return;
      this.clock.advance(next);
    }
  }

  /** All messages in a queue that no consumer holds, as they lie there; they stay. None where there is no such queue. */
  async queued(
    queue: string,
  ): Promise<readonly { readonly body: string; readonly headers: HandlerContext["headers"] }[]> {
    for (let patience = PATIENCE; ; patience *= 2) {
      const ready = (await queueDepth(this.options, queue))?.ready ?? 0;
      if (ready === 0) return [];
      const found = await this.#first(ready, queue, patience);
      if (found !== undefined)
        return found.map(({ body, headers }) => ({ body: new TextDecoder().decode(body), headers }));
    }
  }

  /**
   * So many messages of a queue; they stay. Undefined when not all came in time: somebody else took some of them
   * meanwhile, or this machine is slow.
   */
  async #first(count: number, queue: string, patience: number): Promise<readonly RawDelivery[] | undefined> {
    let read: (batch: readonly RawDelivery[]) => void = () => undefined;
    const all = new Promise<readonly RawDelivery[]>((resolve) => (read = resolve));
    let giveBack: () => void = () => undefined;
    const reader = new RawConsumer(this.options, {
      queue,
      prefetch: 0,
      // One batch of all, and none of less.
      maxBatch: count,
      linger: 2 * patience,
      // Never resolves while the reader lives: nothing is acked.
      onBatch: async (batch) => {
        read(batch);
        await new Promise<void>((resolve) => (giveBack = resolve));
        throw new Error("given back");
      },
    });
    await reader.start();
    const batch = await Promise.race([all, sleep(patience, undefined, { ref: false })]);
    const closing = reader.close();
    giveBack();
    await closing;
    return batch;
  }

  /** Ends the broker and removes its folder. Close the consumers of the test first. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    await this.publisher.close();
    await this.#recorder.close();
    await this.#broker.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Waits until nothing is unacked and nothing has moved for a few looks. */
  async #quiet(until: number): Promise<void> {
    let before = "";
    for (let same = 0; same < LOOKS; ) {
      if (performance.now() > until)
        throw new Error(`the bus did not settle: ${JSON.stringify(this.#broker.stats())}`);
      await sleep(PAUSE);
      const { published, confirmed, delivered, acked, messagesUnacked } = this.#broker.stats();
      const now = `${published} ${confirmed} ${delivered} ${acked}`;
      same = messagesUnacked === 0 && this.publisher.pending === 0 && now === before ? same + 1 : 0;
      before = now;
    }
  }
}

/** A bus that is ready when the promise resolves, a few milliseconds later. */
export const startTestBus = (settings?: TestBusSettings): Promise<TestBus> => TestBus.start(settings);

function admissionBy(catalog: Catalog): Admit {
  return ({ body, routingKey }) => {
    const verdict = catalog.validateBytes(body, routingKey);
    return verdict.valid || { action: "refuse", reason: verdict.message };
  };
}
