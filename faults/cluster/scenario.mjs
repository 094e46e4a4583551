// A platform on a cluster of three nodes under load; nodes are killed and cut off in turn, and the ledger is balanced
// after each time.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../scripts/free-port.mjs";
import { Kept, root, until } from "../processes.mjs";
import { Cluster } from "./nodes.mjs";
import { FOREIGN, QUEUE, Traffic } from "./traffic.mjs";

const PATIENCE = 240_000;
/** Confirms that must come while a node is away. */
const GOES_ON = 50;
/** Of these, to the publisher in Python. */
const PYTHON_GOES_ON = 20;

const WAYS = /** @type {const} */ (["killed", "cut", "silent"]);

/** Each node killed, cut off, and cut off without a word, in turn. */
export const everyFault = (rounds) =>
  Array.from({ length: rounds }, () =>
    WAYS.flatMap((how) => [0, 1, 2].map((node) => ({ how, node }))),
  ).flat();

/**
 * @param {object} options
 * @param {readonly { how: "killed" | "cut" | "silent", node: number }[]} options.faults one after the other
 * @param {(line: string) => void} options.say
 */
export async function clusterUnderFaults({ faults, say }) {
  const began = performance.now();
  const folder = await mkdtemp(path.join(tmpdir(), "bloodbank-cluster-run-"));
  const endings = [() => rm(folder, { recursive: true, force: true })];
  try {
    const cluster = await Cluster.start();
    endings.push(() => cluster.stop());
    say(`three nodes are a cluster after ${seconds(began)} s`);
    const http = await freePort();
    const platform = platformOn(cluster, folder, http);
    endings.push(() => platform.end("SIGTERM"));
    await platform.start();
    const traffic = new Traffic(cluster, folder);
    endings.push(() => traffic.close());
    await traffic.open();
    await until(() => dies(cluster, FOREIGN), "the policy of the foreign queue", PATIENCE);
    await traffic.readDeadLetters();
    const done = [];
    const losses = [];
    for (const { how, node } of faults) {
      traffic.longestSilence = 0;
      if (traffic.python) traffic.python.longestSilence = 0;
      traffic.start();
      await confirms(traffic, GOES_ON);
      if (how === "killed") await cluster.kill(node);
      else cluster.isolate(node, how);
      await cluster.noticed(node);
      await confirms(traffic, GOES_ON);
      if (how === "killed") cluster.restart(node);
      else cluster.heal(node);
      await cluster.whole();
      await confirms(traffic, GOES_ON);
      await traffic.stop();
      const found = await balance(traffic, http);
      losses.push(...found.map((loss) => `after node ${node + 1} was ${how}: ${loss}`));
      const silence = {
        silence: Math.round(traffic.longestSilence),
        ...(traffic.python && { pythonSilence: Math.round(traffic.python.longestSilence) }),
      };
      done.push({ how, node: node + 1, ...silence });
      say(
        `node ${node + 1} ${how}: ${traffic.confirmed.size} confirmed, ${traffic.unconfirmed.length} not, ` +
          `longest silence ${Object.values(silence).join(" ms and in Python ")} ms, ` +
          `${losses.length} losses (${seconds(began)} s)`,
      );
      if (found.length > 0) {
        say(JSON.stringify(await queuesOf(cluster)));
        break;
      }
    }
    const queues = (await cluster.ask("queues")) ?? [];
    const fates = [...traffic.confirmed.values()];
    return {
      queueTypes: Object.fromEntries(queues.map(({ name, type }) => [name, type])),
      faults: done,
      confirmed: traffic.confirmed.size,
      confirmedToPython: traffic.python?.confirmed,
      unconfirmed: traffic.unconfirmed,
      effects: traffic.effects().size,
      deliveries: sum(traffic.handled),
      retried: fates.filter((fate) => fate === "retried").length,
      deadLetters: Object.fromEntries(
        Object.entries(traffic.dead).map(([queue, found]) => [
          queue,
          { events: found.size, letters: sum(found) },
        ]),
      ),
      losses,
      seconds: seconds(began),
    };
  } finally {
    for (const end of endings.reverse()) await end();
  }
}

/** As it would be run: it knows all nodes, and everything it declares is a quorum queue. */
function platformOn(cluster, folder, http) {
  return new Kept(
    "bb up",
    [path.join(root, "platform/bin/bb.mjs"), "up", "--no-services"],
    {
      RABBITMQ_URL: cluster.urls.join(","),
      RABBITMQ_MANAGEMENT_URL: cluster.managementUrls.join(","),
      BLOODBANK_QUEUE_TYPE: "quorum",
      BLOODBANK_HTTP_PORT: String(http),
      BLOODBANK_DATA_DIR: path.join(folder, "data"),
      LOG_LEVEL: "warn",
      NO_COLOR: "1",
    },
    () =>
      fetch(`http://127.0.0.1:${http}/health/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
  );
}

/** Whether what dies in the queue reaches its dead-letter queue, at least once. */
async function dies(cluster, queue) {
  const found = (await cluster.ask("queues"))?.find(({ name }) => name === queue);
  const policy = found?.effective_policy_definition ?? {};
  return (
    policy["dead-letter-routing-key"] === `${queue}.dlq` &&
    policy["dead-letter-strategy"] === "at-least-once" &&
    policy.overflow === "reject-publish"
  );
}

/** What lies where, for the search after a loss. */
async function queuesOf(cluster) {
  const queues = await cluster.ask("queues?disable_stats=false");
  return queues
    ?.filter(({ name }) => name.startsWith(QUEUE) || name.startsWith(FOREIGN))
    .map(({ name, leader, messages_ready, messages_unacknowledged, messages_dlx, consumers }) => ({
      name,
      leader,
      messages_ready,
      messages_unacknowledged,
      messages_dlx,
      consumers,
    }));
}

async function confirms(traffic, more) {
  const enough = traffic.confirmed.size + more;
  const python = (traffic.python?.confirmed ?? 0) + PYTHON_GOES_ON;
  await until(
    () =>
      traffic.confirmed.size >= enough &&
      (traffic.python === undefined || traffic.python.confirmed >= python),
    `${more} further confirms, ${PYTHON_GOES_ON} of them in Python; not confirmed: ${traffic.unconfirmed.slice(-3).join("; ")}`,
    PATIENCE,
  );
}

/** Waits until all that was promised is true, and lists what is not. */
async function balance(traffic, http) {
  const stored = new Set();
  let found = [];
  await until(
    async () => {
      await look(traffic.confirmed.keys(), stored, http);
      found = missing(traffic, stored);
      if (found.length > 0) await sleep(500);
      return found.length === 0;
    },
    "the balance",
    PATIENCE,
  ).catch(() => undefined);
  for (const [id, times] of traffic.effects())
    if (times > 1) found.push(`${id}: its effect was made ${times} times`);
  return found;
}

function missing(traffic, stored) {
  const { confirmed, handled, dead } = traffic;
  const effects = traffic.effects();
  const losses = [];
  for (const [id, fate] of confirmed) {
    const lost = (what) => losses.push(`${id} (${fate}) ${what}`);
    if (!stored.has(id)) lost("is not in the store");
    if (fate === "rejected") {
      if (!dead[FOREIGN].has(id)) lost(`is not in ${FOREIGN}.dlq`);
      continue;
    }
    if (!handled.has(id)) lost("was never handled");
    if (fate === "dead" ? !dead[QUEUE].has(id) : !effects.has(id))
      lost(fate === "dead" ? `is not in ${QUEUE}.dlq` : "had no effect");
  }
  return losses;
}

/** Asks the platform for each event that was not seen there yet. */
async function look(ids, stored, http) {
  const open = [...ids].filter((id) => !stored.has(id));
  for (let from = 0; from < open.length; from += 25)
    await Promise.all(
      open.slice(from, from + 25).map(async (id) => {
        const ok = await fetch(`http://127.0.0.1:${http}/api/v1/events/${id}`).then(
          (response) => response.arrayBuffer().then(() => response.ok),
          () => false,
        );
        if (ok) stored.add(id);
      }),
    );
}

const sum = (counts) => [...counts.values()].reduce((all, each) => all + each, 0);
const seconds = (since) => Math.round((performance.now() - since) / 1_000);
