import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { compare } from "./harness.mjs";
import { embeddedBroker, load } from "./subjects.mjs";

const MESSAGES = Number(process.env.BENCH_MESSAGES ?? 1_000_000);

/** From the start of the process to the open port, with a million messages to read, after `kill -9`. */
export default async function busRecovery({ rounds }) {
  const folder = await mkdtemp(path.join(tmpdir(), "bloodbank-bench-"));
  const recover = async () => {
    const began = performance.now();
    const broker = await embeddedBroker({ folder });
    const time = performance.now() - began;
    await broker.kill();
    return time;
  };
  const startEmpty = async () => {
    const began = performance.now();
    const broker = await embeddedBroker();
    const time = performance.now() - began;
    await broker.stop();
    return time;
  };
  try {
    const first = await embeddedBroker({ folder });
    await load("fill.mjs", first.port, MESSAGES, "backlog");
    await first.kill();
    const count = MESSAGES.toLocaleString("en");
    return [
      await compare({
        title: `start after kill -9 with ${count} messages queued (budget 5,000 ms)`,
        unit: "ms",
        subjects: { "nothing queued": startEmpty, [`${count} queued`]: recover },
        baseline: "nothing queued",
        rounds,
        lowerIsBetter: true,
      }),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
