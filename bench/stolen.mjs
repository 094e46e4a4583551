import { readFileSync } from "node:fs";

/** Jiffies of all processors since the start, and those of them that the host gave to other machines (proc(5)). */
function ticks() {
  try {
    const numbers = readFileSync("/proc/stat", "utf8").split("\n", 1)[0].split(/\s+/).slice(1, 9).map(Number);
    return { all: numbers.reduce((sum, each) => sum + each, 0), stolen: numbers[7] ?? 0 };
  } catch {
    return { all: 0, stolen: 0 };
  }
}

/** Which share of this machine's processors others had while `work` ran: 0 where nothing tells. */
export async function stolenDuring(work) {
  const before = ticks();
  await work();
  const after = ticks();
  return (after.stolen - before.stolen) / Math.max(1, after.all - before.all);
}
