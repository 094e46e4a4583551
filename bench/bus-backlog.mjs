import { setTimeout as sleep } from "node:timers/promises";
import { compare } from "./harness.mjs";
import { embeddedBroker, load, residentMegabytes } from "./subjects.mjs";

const MESSAGES = Number(process.env.BENCH_MESSAGES ?? 5_000_000);
/** One load process may last two minutes. */
const PORTION = 1_000_000;

/** Publishing into a queue of 5 million messages against an empty broker, and the memory that it takes. */
export default async function busBacklog({ rounds, log }) {
  const empty = await embeddedBroker();
  const loaded = await embeddedBroker();
  const count = MESSAGES.toLocaleString("en");
  try {
    for (let left = MESSAGES; left > 0; left -= PORTION)
      await load("fill.mjs", loaded.port, Math.min(PORTION, left), "backlog");
    log(`${count} messages are queued`);
    await sleep(2000); // what is freed late is not held against it
    const memory = await compare({
      title: `resident memory with ${count} queued (budget 512 MB)`,
      unit: "MB",
      subjects: { embedded: async () => residentMegabytes(loaded.pid) },
      baseline: "embedded",
      rounds: 1,
    });
    const publish = await compare({
      title: "publish, pre-encoded load, one connection, window 4,000",
      unit: "msg/s",
      subjects: {
        "empty broker": () => load("publish.mjs", empty.port, 200_000, 4000),
        [`${count} queued`]: () => load("publish.mjs", loaded.port, 200_000, 4000, "amq.direct", "backlog"),
      },
      baseline: "empty broker",
      rounds,
      budgets: { [`${count} queued`]: 0.5 },
    });
    return [memory, publish];
  } finally {
    await empty.stop();
    await loaded.stop();
  }
}
