import { afterAll, beforeAll, describe } from "vitest";
import type { BusOptions } from "../../src/index.js";
import { RawConsumer, type RawDelivery } from "../../src/index.js";
import { catalog } from "./catalog.js";
import { type Engine, engines, type TestBus } from "./engines.js";
import { eventually } from "./eventually.js";

export interface Fixture {
  readonly engine: Engine;
  readonly bus: TestBus;
  readonly options: BusOptions;
  /** Options with another address, or anything else. */
  with(changes: Partial<BusOptions>): BusOptions;
  /** Takes `count` messages out of a queue. */
  drain(queue: string, count: number): Promise<readonly RawDelivery[]>;
}

/** Declares the same cases once for every engine; an engine that cannot be reached here is reported as skipped. */
export function onEachEngine(title: string, cases: (fixture: () => Fixture) => void): void {
  for (const engine of engines) {
    describe.skipIf(!engine.available)(`${title} (${engine.name})`, () => {
      let fixture: Fixture | undefined;
      beforeAll(async () => {
        const bus = await engine.open();
        const options: BusOptions = {
          url: bus.url,
          catalog,
          source: { host: "test", type: "system", app: "suite" },
        };
        fixture = {
          engine,
          bus,
          options,
          with: (changes) => ({ ...options, ...changes }),
          drain: draining(options),
        };
      });
      afterAll(async () => {
        await fixture?.bus.close();
      });
      cases(() => {
        if (fixture === undefined) throw new Error("no bus");
        return fixture;
      });
    });
  }
}

function draining(options: BusOptions): Fixture["drain"] {
  return async (queue, count) => {
    const got: RawDelivery[] = [];
    const reader = new RawConsumer(options, {
      queue,
      onBatch: async (batch) => {
        got.push(...batch);
      },
    });
    await reader.start();
    await eventually(() => got.length >= count, `${count} messages in ${queue}`);
    await reader.close();
    return got;
  };
}
