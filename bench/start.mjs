import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "../scripts/bootstrap.mjs";
import { compare } from "./harness.mjs";
import { freePort, residentMegabytes, start } from "./subjects.mjs";

async function platform() {
  const http = await freePort();
  const began = performance.now();
  const process_ = await start([path.join(root, "platform/bin/bb.mjs"), "up", "--no-services"], {
    env: {
      BLOODBANK_HTTP_PORT: String(http),
      BLOODBANK_AMQP_PORT: String(await freePort()),
      BLOODBANK_MANAGEMENT_PORT: String(await freePort()),
    },
  });
  for (;;) {
    const ready = await fetch(`http://127.0.0.1:${http}/health/ready`).then(
      (r) => r.ok,
      () => false,
    );
    if (ready) break;
    if (process_.child.exitCode !== null) throw new Error(`the platform ended: ${process_.output()}`);
    await sleep(5);
  }
  const ready = performance.now() - began;
  await sleep(1000); // what it does right after it is ready counts as well
  const memory = residentMegabytes(process_.child.pid);
  await process_.stop();
  return { ready, memory };
}

/** From the start of a built platform's process to `/health/ready` = 200, and its memory a second later. */
export default async function startBenchmark({ rounds }) {
  const time = await compare({
    title: "time to ready, built, empty data directory (budget 1,000 ms)",
    unit: "ms",
    subjects: { platform: async () => (await platform()).ready },
    baseline: "platform",
    rounds,
  });
  const memory = await compare({
    title: "resident memory of the platform's process, ready (budget 150 MB)",
    unit: "MB",
    subjects: { platform: async () => (await platform()).memory },
    baseline: "platform",
    rounds,
  });
  return [time, memory];
}
