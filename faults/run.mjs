// The crash harness: node faults/run.mjs [--kills 100] [--seed N] [--client EVENTS] [--write] [--json]
// Kills a running system at random moments and balances the ledger after each. Ends with 1 when anything is missing.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { bootstrap } from "../scripts/bootstrap.mjs";
import { root } from "./processes.mjs";
import { randomFrom } from "./random.mjs";
import { summary } from "./summary.mjs";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "100" },
    seed: { type: "string" },
    client: { type: "string", default: "0" },
    write: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const kills = Number(values.kills);
const events = Number(values.client);
if (!Number.isInteger(kills) || kills < 0 || !Number.isInteger(events) || events < 0) {
  console.error("--kills and --client take whole numbers");
  process.exit(2);
}
bootstrap();
const { scenario } = await import("./scenario.mjs");
const { clientUnderFaults } = await import("./client.mjs");

const seed = values.seed === undefined ? Date.now() % 1_000_000_000 : Number(values.seed);
const random = randomFrom(seed);
const say = (line) => console.error(line);
const result = { seed, node: process.version, at: new Date().toISOString(), systems: [], clients: [] };
for (const apart of [false, true]) {
  const share = apart ? Math.floor(kills / 2) : Math.ceil(kills / 2);
  if (share > 0) result.systems.push(await scenario({ apart, kills: share, random, say }));
}
if (events > 0) result.clients = await clientUnderFaults({ events, random, say });

if (values.write) writeFileSync(path.join(root, "docs/faults.md"), summary(result));
if (values.json) console.log(JSON.stringify(result, null, 2));
else console.log(summary(result));
const losses = [...result.systems, ...result.clients].flatMap((each) => each.losses);
process.exit(losses.length > 0 ? 1 : 0);
