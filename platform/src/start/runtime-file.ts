/** `<data directory>/platform.json`: written when the platform listens, kept when it ends, read by `bb` and the services. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { RuntimeFile } from "../contract.js";
import { messageOf, StartError, systemCode } from "../errors.js";

export const runtimeFilePath = (dataDir: string): string => path.join(dataDir, "platform.json");

/** Absent, unreadable and broken are the same: nothing is known. */
export function readRuntimeFile(dataDir: string): RuntimeFile | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(runtimeFilePath(dataDir), "utf8"));
    if (typeof content !== "object" || content === null || !("http" in content) || !("amqp" in content))
      return undefined;
    return content as RuntimeFile;
  } catch {
    return undefined;
  }
}

/** The platform that runs on this data directory now, if one does. */
export function runningPlatform(dataDir: string): (RuntimeFile & { readonly pid: number }) | undefined {
  const file = readRuntimeFile(dataDir);
  if (file?.pid == null || !isAlive(file.pid)) return undefined;
  return { ...file, pid: file.pid };
}

/** Whole or not at all; readable by this user alone, because the addresses hold passwords. */
export function writeRuntimeFile(dataDir: string, content: RuntimeFile): void {
  const file = runtimeFilePath(dataDir);
  const next = `${file}.${process.pid}`;
  writeFileSync(next, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(next, file);
}

/**
 * Makes the data directory, and proves that it can be written to.
 *
 * @throws StartError `DATA_DIR_UNUSABLE`
 */
export function prepareDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true });
    const probe = path.join(dataDir, `.probe-${process.pid}`);
    writeFileSync(probe, "");
    rmSync(probe);
  } catch (error) {
    const why = {
      EACCES: "not permitted",
      EPERM: "not permitted",
      EROFS: "the file system is read-only",
      ENOSPC: "the disk is full",
    };
    const code = systemCode(error) ?? "";
    throw new StartError(
      "DATA_DIR_UNUSABLE",
      `The data directory ${dataDir} cannot be written to: ${why[code as keyof typeof why] ?? messageOf(error)}`,
      { cause: error, hint: "Set BLOODBANK_DATA_DIR to a folder that you may write to." },
    );
  }
}

/**
 * A file that a killed platform left behind may name a process id that another program has now: the platform itself
 * is asked.
 *
 * @throws StartError `ALREADY_RUNNING`
 */
export async function refuseSecond(dataDir: string): Promise<void> {
  const running = runningPlatform(dataDir);
  if (running === undefined || running.pid === process.pid) return;
  const answer: unknown = await fetch(`${running.http}/health`, { signal: AbortSignal.timeout(1_000) })
    .then((response) => response.json())
    .catch(() => undefined);
  if (typeof answer !== "object" || answer === null || !("pid" in answer) || answer.pid !== running.pid)
    return;
  throw new StartError(
    "ALREADY_RUNNING",
    `A platform runs on ${dataDir} already: process ${running.pid}, at ${running.http}`,
    { hint: "Use that one, stop it, or set BLOODBANK_DATA_DIR to another folder." },
  );
}

/** Signal 0 asks only whether the process is there; not being allowed to ask means that it is. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === "EPERM";
  }
}
