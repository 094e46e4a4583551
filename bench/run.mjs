// `npm run bench -- <name> [--json] [--rounds 5]`: ratios measured side by side in one run.
import { parseArgs } from "node:util";
import { bootstrap } from "../scripts/bootstrap.mjs";
import { print } from "./harness.mjs";

const benchmarks = {
  "bus-publish": "confirmed persistent publishing: embedded, RabbitMQ, the floor; raw load and three clients",
  "bus-admission": "the same while admission checks every event: bb up and RabbitMQ, raw load",
  "bus-consume": "consuming with acks: embedded and RabbitMQ; raw load and three clients",
  "bus-topics": "1,000 wildcard bindings and 10,000 routing keys, as a share of the publish rate",
  "bus-latency": "publish to delivery at 1,000 messages/s, p50 and p99, transient and durable",
  "bus-backlog": "5 million queued: memory, and the publish rate against an empty broker (4 GB of disk)",
  "bus-recovery": "start after kill -9 with a million messages queued",
  scaling: "the embedded broker, one RabbitMQ, three of them with quorum queues",
  idle: "CPU of broker and platform while nothing happens",
  publisher: "Publisher.publish against the bare client library sending the same bytes",
  consumer:
    "Consumer (contract checked, acked) against the bare client library with JSON.parse, by the clock and by CPU time",
  retry: "what 1 % of failing events costs the healthy ones",
  store: "5 million events: append, find, trace, disk; against a table written the obvious way",
  "store-ids": "appending to a full store against an empty one: ids in order of time, and random ones",
  replay: "stored events sent to one queue again, with and without a consumer",
  record: "from the bus to committed in the store, against bare SQLite",
  python: "validated publishing by the specification's Python stack, and ours in Python and TypeScript",
  validate: "parse and validate, against JSON.parse alone",
  start: "time to ready and memory of the platform",
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false }, rounds: { type: "string", default: "5" } },
});
const [name] = positionals;
if (!name || !Object.hasOwn(benchmarks, name)) {
  if (name) console.error(`There is no benchmark “${name}”.`);
  console.error("npm run bench -- <name> [--json] [--rounds 5]\n");
  for (const [known, what] of Object.entries(benchmarks)) console.error(`  ${known.padEnd(14)} ${what}`);
  process.exit(name ? 2 : 0);
}
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error(`--rounds takes a whole number from 1, not “${values.rounds}”`);
  process.exit(2);
}

bootstrap();
const { default: benchmark } = await import(`./${name}.mjs`);
const results = [];
// One that takes long gives each result when it has it.
for await (const result of await benchmark({ rounds, log: (line) => console.error(line) })) {
  results.push(result);
  if (!values.json) print(result);
}
if (values.json)
  console.log(
    JSON.stringify(
      { benchmark: name, node: process.version, at: new Date().toISOString(), results },
      null,
      2,
    ),
  );
process.exit(0);
