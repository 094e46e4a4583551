/** Which thread goes first where the processors are too few for all. */
import { readlinkSync } from "node:fs";
import { setPriority } from "node:os";
import { basename } from "node:path";

/** A third of an ordinary thread's weight (Linux: sched(7), nice). */
const BEHIND = 5;

/**
 * The calling thread lets others go first from now on. On Linux alone: elsewhere it is the process that has a priority,
 * and nothing changes.
 */
export function goBehind(): void {
  if (process.platform !== "linux") return;
  try {
    setPriority(Number(basename(readlinkSync("/proc/thread-self"))), BEHIND);
  } catch {
    // Without /proc, or not allowed: as it was.
  }
}
