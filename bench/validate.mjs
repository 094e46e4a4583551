import { loadCatalog } from "@33god/holyfields";
import { compare } from "./harness.mjs";
import { eventBody } from "./load/body.mjs";

const EVENTS = 300_000;

/** The verdict on an event's 537 bytes (UTF-8, JSON, contract), on one core, against parsing them alone. */
export default async function validate({ rounds }) {
  const catalog = loadCatalog();
  const rate = (work) => async () => {
    const started = performance.now();
    for (let i = 0; i < EVENTS; i += 1) work();
    return EVENTS / ((performance.now() - started) / 1000);
  };
  return [
    await compare({
      title: "parse and validate an event of 537 bytes, one core",
      unit: "events/s",
      subjects: {
        "JSON.parse alone": rate(() => JSON.parse(eventBody.toString("utf8"))),
        "catalog.validateBytes": rate(() => {
          if (!catalog.validateBytes(eventBody).valid)
            throw new Error("the benchmark's own event is not valid");
        }),
      },
      baseline: "JSON.parse alone",
      rounds,
    }),
  ];
}
