import { readFileSync } from "node:fs";

/** What a process has in memory; Linux tells it in /proc, elsewhere nothing is told. */
export function residentMegabytes(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]);
    return Math.round((pages * 4096) / 1e5) / 10;
  } catch {
    return undefined;
  }
}
