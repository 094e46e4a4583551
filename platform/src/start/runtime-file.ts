/** `<data directory>/platform.json`: written when the platform listens, kept when it ends, read by `bb` and the services. */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { RuntimeFile } from "../contract.js";
import { messageOf, StartError, systemCode } from "../errors.js";
import { writeWhole } from "../whole-file.js";

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

/**
 * Whole or not at all; readable by this user alone, because the addresses hold passwords.
 *
 * @throws StartError `DATA_DIR_UNUSABLE`
 */
export function writeRuntimeFile(dataDir: string, content: RuntimeFile): void {
  const file = runtimeFilePath(dataDir);
  try {
    writeWhole(file, `${JSON.stringify(content, null, 2)}\n`);
  } catch (error) {
    throw new StartError("DATA_DIR_UNUSABLE", `${file} cannot be written: ${messageOf(error)}`, {
      cause: error,
      hint: "Make room there, or set BLOODBANK_DATA_DIR to another folder.",
    });
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
