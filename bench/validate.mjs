import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { loadCatalog } from "@33god/holyfields";
import { root } from "../scripts/bootstrap.mjs";
import { findParts } from "../scripts/test-parts.mjs";
import { compare } from "./harness.mjs";
import { eventBody } from "./load/body.mjs";

const EVENTS = 300_000;
const CONTRACTS = 1_000;

/** A folder of so many contracts, each as large as the largest of ours. */
function manyContracts(catalog, folder) {
  const { schema, examples } = catalog.get("fireflies.transcript.ready");
  for (let n = 0; n < CONTRACTS; n += 1) {
    const eventType = `d${n % 20}.thing.n${n}`;
    const name = `d${n % 20}/thing.n${n}.v1.schema.json`;
    mkdirSync(path.join(folder, path.dirname(name)), { recursive: true });
    const contract = {
      ...schema,
      $id: `https://33god.dev/schemas/${name}`,
      properties: { ...schema.properties, event_type: { const: eventType } },
      examples: examples.map((example) => ({ ...example, event_type: eventType })),
    };
    writeFileSync(path.join(folder, name), JSON.stringify(contract, null, 2));
  }
}

/** The verdict on an event's 537 bytes (UTF-8, JSON, contract), on one core, against parsing them alone. */
export default async function validate({ rounds, log }) {
  const catalog = loadCatalog();
  // CPU time, the garbage collector's threads included: what else the machine does in the meantime does not count.
  const rate = (work) => async () => {
    const started = process.cpuUsage();
    for (let i = 0; i < EVENTS; i += 1) work();
    const { user, system } = process.cpuUsage(started);
    return EVENTS / ((user + system) / 1e6);
  };
  const verdict = (options) => () => {
    if (!catalog.validateBytes(eventBody, undefined, options).valid)
      throw new Error("the benchmark's own event is not valid");
  };
  const results = [
    await compare({
      title: "parse and validate an event of 537 bytes, one core",
      unit: "events/s of CPU",
      subjects: {
        "JSON.parse alone": rate(() => JSON.parse(eventBody.toString("utf8"))),
        "catalog.validateBytes": rate(verdict()),
        "the same, strict: duplicate members, rounded integers": rate(verdict({ strict: true })),
      },
      baseline: "JSON.parse alone",
      rounds,
    }),
  ];
  const folder = mkdtempSync(path.join(tmpdir(), "bench-contracts-"));
  try {
    manyContracts(catalog, folder);
    const event = { ...catalog.get("fireflies.transcript.ready").examples[0], event_type: "d3.thing.n3" };
    results.push(
      await compare({
        title: `a catalog of ${CONTRACTS} contracts, loaded, and its first validation besides`,
        unit: "contracts/s",
        subjects: {
          "loadCatalog and one verdict": async () => {
            const started = performance.now();
            if (!loadCatalog({ schemasDir: folder }).validate(event).valid) throw new Error("not valid");
            return CONTRACTS / ((performance.now() - started) / 1000);
          },
          loadCatalog: async () => {
            const started = performance.now();
            loadCatalog({ schemasDir: folder });
            return CONTRACTS / ((performance.now() - started) / 1000);
          },
        },
        baseline: "loadCatalog",
        rounds,
      }),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const { env } = await findParts({ provide: false });
  if (env.TEST_PYTHON === undefined) {
    log("no Python with jsonschema here: the ratio to it is left out");
    return results;
  }
  const python = async () => {
    const run = spawnSync(
      env.TEST_PYTHON,
      [path.join(root, "bench/load/validate.py"), path.join(root, "holyfields/schemas")],
      { input: eventBody, encoding: "utf8" },
    );
    if (run.status !== 0) throw new Error(`validate.py ended with ${run.status}: ${run.stderr}`);
    return Number(run.stdout);
  };
  results.push(
    await compare({
      title: "the same event, parsed and validated by Python's jsonschema",
      unit: "events/s of CPU",
      subjects: { "Python's jsonschema": python, "catalog.validateBytes": rate(verdict()) },
      baseline: "Python's jsonschema",
      rounds,
      budgets: { "catalog.validateBytes": 20 },
    }),
  );
  return results;
}
