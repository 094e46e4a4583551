import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { BrokerError } from "../errors.js";
import type { Files } from "./files.js";

/**
 * One process a data directory. The lock file names its holder by pid and by the time that process started, so
 * that a lock left behind by `kill -9` (or by a pid that has since been given to another program) is taken over,
 * and a living holder is not.
 */
export function lockDataDir(files: Files, dataDir: string): () => void {
  const file = path.join(dataDir, "broker.lock");
  const mine = JSON.stringify({ pid: process.pid, started: startOf(process.pid), host: os.hostname() });
  for (let attempt = 0; ; attempt++) {
    try {
      files.createExclusive(file, mine);
      held.add(file);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST" || attempt === 3) throw error;
      const holder = readHolder(files, file);
      if (holder && isAlive(holder, file)) throw inUse(dataDir, holder.pid, file);
      files.remove(file);
    }
  }
  return () => {
    held.delete(file);
    files.remove(file);
  };
}

function inUse(dataDir: string, pid: number, file: string): BrokerError {
  return new BrokerError(
    "DATA_DIR_IN_USE",
    `The data directory ${dataDir} is in use by process ${pid}: stop that process, or start this broker on another directory (lock file: ${file}).`,
  );
}

interface Holder {
  readonly pid: number;
  readonly started: string | null;
  readonly host?: string;
}

/** Locks of this very process: two brokers in one process must not share a directory either. */
const held = new Set<string>();

function readHolder(files: Files, file: string): Holder | undefined {
  try {
    const holder = JSON.parse(files.readAll(file).toString("utf8")) as Holder;
    return Number.isInteger(holder.pid) ? holder : undefined;
  } catch {
    return undefined; // torn by a crash while it was written: nobody can hold it
  }
}

function isAlive(holder: Holder, file: string): boolean {
  if (holder.host !== undefined && holder.host !== os.hostname()) return true; // a shared disk: cannot be asked
  if (holder.pid === process.pid && holder.started === startOf(process.pid)) return held.has(file);
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  const started = startOf(holder.pid);
  return started === null || holder.started === null || started === holder.started;
}

/** Start time in clock ticks since boot, with the boot's id: field 22 of proc(5) `stat`. `null` where there is no /proc. */
function startOf(pid: number): string | null {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "latin1");
    const boot = fs.readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
    return `${boot}:${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
  } catch {
    return null;
  }
}
