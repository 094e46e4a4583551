import { afterAll, beforeAll, describe } from "vitest";
import { engines, type PlatformEngine } from "./engines.js";
import { type Api, api } from "./http.js";
import { type RunningPlatform, runPlatform } from "./running-platform.js";

export interface Fixture {
  readonly engine: PlatformEngine;
  readonly platform: RunningPlatform;
  readonly api: Api;
  /** Ends the platform by this signal and starts it again on the same data. */
  restart(signal: NodeJS.Signals): Promise<void>;
}

export interface FixtureOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

/** Declares the same cases once for every engine, each with a platform of its own in a process of its own. */
export function onEachEngine(
  title: string,
  options: FixtureOptions,
  cases: (fixture: () => Fixture) => void,
): void {
  for (const engine of engines)
    describe.skipIf(!engine.available)(`${title} (${engine.name})`, () => {
      let fixture: Fixture | undefined;
      let close: () => Promise<void> = async () => undefined;
      beforeAll(async () => {
        const bus = await engine.open();
        close = bus.close;
        const run = { env: { ...bus.env, ...options.env }, args: options.args ?? [] };
        const begin = (platform: RunningPlatform): Fixture => ({
          engine,
          platform,
          api: api(platform.http),
          restart: async (signal) => {
            await platform.stop({ keep: true, signal });
            fixture = begin(await runPlatform({ ...run, folder: platform.folder }));
          },
        });
        fixture = begin(await runPlatform(run));
      });
      afterAll(async () => {
        await fixture?.platform.stop();
        await close();
      });
      cases(() => {
        if (fixture === undefined) throw new Error("no platform");
        return fixture;
      });
    });
}
