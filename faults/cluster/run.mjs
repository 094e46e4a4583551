// The cluster under faults, by hand: node faults/cluster/run.mjs [--rounds 1] [--json]
// Each round kills each of three RabbitMQ nodes, cuts it off, and cuts it off without a word. Ends with 1 when anything
// is missing.
import { parseArgs } from "node:util";
import { bootstrap } from "../../scripts/bootstrap.mjs";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "1" }, json: { type: "boolean", default: false } },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error("--rounds takes a whole number");
  process.exit(2);
}
bootstrap();
const { serverScript } = await import("./nodes.mjs");
if (serverScript() === undefined) {
  console.error("no RabbitMQ is installed here: install rabbitmq-server, or set TEST_RABBITMQ_SERVER");
  process.exit(2);
}
const { clusterUnderFaults, everyFault } = await import("./scenario.mjs");
const result = await clusterUnderFaults({ faults: everyFault(rounds), say: (line) => console.error(line) });
if (values.json) console.log(JSON.stringify(result, null, 2));
else {
  const { confirmed, confirmedToPython = "none", unconfirmed, effects, deadLetters, losses } = result;
  console.log(
    `${confirmed} confirmed (${confirmedToPython} in Python), ${unconfirmed.length} refused, ` +
      `${effects} effects, ${losses.length} losses`,
  );
  for (const why of unconfirmed.slice(0, 50)) console.log(`- refused: ${why}`);
  for (const [queue, { events, letters }] of Object.entries(deadLetters))
    console.log(`${queue}.dlq: ${events} events in ${letters} letters`);
  for (const loss of losses.slice(0, 50)) console.log(`- ${loss}`);
}
process.exit(result.losses.length > 0 ? 1 : 0);
