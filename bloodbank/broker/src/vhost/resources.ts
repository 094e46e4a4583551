import os from "node:os";
import type { Files } from "../disk/files.js";
import type { Alarms } from "./alarms.js";

/** What the broker may use; publishers are blocked beyond it, in RabbitMQ's words, and let go when it is better. */
export interface Limits {
  /** Resident bytes of the process. */
  readonly memory: number;
  /** Bytes that must stay free on the disk of the data directory. */
  readonly diskFree: number;
}

/** As RabbitMQ: two fifths of the memory that the machine, or the container, has, and 50 MB of disk. */
export function defaultLimits(): Limits {
  const constrained = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  return { memory: 0.4 * Math.min(os.totalmem(), constrained), diskFree: 50_000_000 };
}

/** Resident bytes of the process, as the limit counts them. */
export function residentBytes(): number {
  return process.memoryUsage.rss();
}

/**
 * Sets and lifts the alarms. Memory has to fall by a twentieth first: a limit just reached would ring at every reading. What
 * cannot be found out now is asked again at the next call: where no file can be opened any more, even the process's own size.
 */
export function watchResources(
  files: Files,
  dataDir: string,
  alarms: Alarms,
  limits: Limits,
  memory: () => number,
): void {
  const used = known(memory);
  if (used !== undefined && used > limits.memory) alarms.set("memory", "low on memory");
  else if (used !== undefined && used < 0.95 * limits.memory) alarms.set("memory", null);
  const free = known(() => files.free(dataDir));
  if (free !== undefined) alarms.set("disk", free < limits.diskFree ? "low on disk" : null);
}

function known(find: () => number): number | undefined {
  try {
    return find();
  } catch {
    return undefined;
  }
}
