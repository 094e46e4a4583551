import type { Catalog, Contract, Verdict } from "@33god/holyfields";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Publisher } from "../../src/index.js";
import { artifactCreated, catalog, thingDone } from "../support/catalog.js";
import { engines, type TestBus } from "../support/engines.js";

const old = (contract: Contract): Contract => ({ ...contract, stability: "deprecated" });

/** `artifact.created` goes out of use: there is a v2. */
const ageing: Catalog = {
  ...catalog,
  get: (eventType, version) => {
    const contract = catalog.get(eventType, version);
    return contract && eventType === artifactCreated && version === undefined
      ? { ...contract, version: "v2" }
      : contract;
  },
  validate(event, routingKey): Verdict {
    const verdict = catalog.validate(event, routingKey);
    return verdict.valid && verdict.event.event_type === artifactCreated
      ? { ...verdict, contract: old(verdict.contract) }
      : verdict;
  },
};

describe.each(engines)("a deprecated contract on $name", (engine) => {
  describe.skipIf(!engine.available)(`(${engine.name})`, () => {
    let bus: TestBus;
    beforeAll(async () => {
      bus = await engine.open();
    });
    afterAll(() => bus.close());

    test("is published as ever; once a type, the log says so and what replaces it", async () => {
      const told: string[] = [];
      const publisher = new Publisher({
        url: bus.url,
        catalog: ageing,
        source: { host: "test", type: "system", app: "suite" },
        log: (level, message) => told.push(`${level}: ${message}`),
      });
      await publisher.start();
      await publisher.publish(artifactCreated, {}, { version: "v1" });
      await publisher.publish(artifactCreated, {}, { version: "v1" });
      await publisher.publishMany([{ type: artifactCreated, payload: {}, options: { version: "v1" } }]);
      await publisher.publish(thingDone, {});
      await publisher.close();
      expect(told).toEqual(["warn: artifact.created v1 is deprecated; publish v2 instead"]);
    });
  });
});
