import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { compare } from "./harness.mjs";
import { embeddedBroker, platform } from "./subjects.mjs";

const SECONDS = Number(process.env.BENCH_SECONDS ?? 60);
/** Linux counts the time of processes in hundredths of a second. */
const TICKS = 100;

/** Of one core, in percent: user and system time of the process over `SECONDS`. */
async function idleShare(pid) {
  const before = ticks(pid);
  await sleep(SECONDS * 1000);
  return (Math.max(1, ticks(pid) - before) / TICKS / SECONDS) * 100;
}

function ticks(pid) {
  // Behind the name, which may hold blanks: state is the 3rd field, utime the 14th, stime the 15th.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

/** What broker and platform use when nothing happens. */
export default async function idle({ rounds }) {
  const broker = await embeddedBroker();
  const whole = await platform();
  try {
    await sleep(5000); // the work of starting is over
    return [
      await compare({
        title: `CPU while nothing happens, over ${SECONDS} s (budget for the broker: 1 % of a core)`,
        unit: "% of a core",
        subjects: {
          broker: () => idleShare(broker.pid),
          platform: () => idleShare(whole.pid),
        },
        baseline: "broker",
        rounds,
        lowerIsBetter: true,
      }),
    ];
  } finally {
    await broker.stop();
    await whole.stop();
  }
}
