/**
 * Random runs: the broker, RabbitMQ and the model must agree after every step. `TEST_FULL=1` runs longer;
 * fast-check shrinks what fails and prints the seed to run it again with.
 */
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engines } from "../conformance/engine.js";
import { Driver } from "./driver.js";
import { Model } from "./model.js";
import { CHANNELS, type Step, steps } from "./step.js";

const RUNS = process.env.TEST_FULL ? 400 : 25;
/** How long a broker may take to arrive where the model is; it is asked again at once. */
const PATIENCE_MS = 20_000;

describe.each(engines)("random runs on $name", (engine) => {
  let running: Awaited<ReturnType<typeof engine.start>>;
  beforeAll(async () => {
    running = await engine.start();
  });
  afterAll(() => running.stop());

  it("end as the model says, after every step", { timeout: 600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (run) => {
        const model = new Model();
        const driver = await Driver.open(running.url);
        try {
          for (const [at, step] of run.entries())
            await together(model, driver, step, `step ${at}: ${JSON.stringify(step)}`);
          for (const channel of CHANNELS)
            await together(model, driver, { act: "close channel", channel }, "the end");
          const left = model.leftovers();
          expect(await driver.leftovers(Object.keys(left))).toEqual(left);
          await settled({ view: () => ({ ...model.view(), queues: {} }) }, driver, "what is left");
          const byBody = (a: object, b: object) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
          expect([...(await driver.dead())].sort(byBody)).toEqual([...model.dead].sort(byBody));
        } finally {
          await driver.close();
        }
      }),
      { numRuns: RUNS },
    );
  });
});

async function together(model: Model, driver: Driver, step: Step, label: string): Promise<void> {
  // Distribution among several consumers is in the conformance suite: here a queue has one at most.
  if (step.act === "consume" && model.isConsumed(step.queue)) return;
  const settles = step.act === "settle" ? model.unsettled(step.nth) : undefined;
  const expected = model.apply(step);
  expect(await driver.apply(step, settles), label).toBe(expected);
  await settled(model, driver, label);
}

/** Dead letters, expiry and deliveries take their time: the view is compared until it fits. */
async function settled(model: Pick<Model, "view">, driver: Driver, label: string): Promise<void> {
  const expected = model.view();
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const view = await driver.view(expected);
    if (isDeepStrictEqual(view, expected) || Date.now() > deadline) {
      expect(view, label).toEqual(expected);
      return;
    }
  }
}
