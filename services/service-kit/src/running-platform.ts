/**
 * Where the platform of this machine listens: `<data directory>/platform.json`, which it writes when its ports are
 * open and removes when it ends. A file that a crash left behind is known by its process being gone.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { type Environment, text } from "./environment.js";

export interface PlatformAddresses {
  readonly pid: number;
  /** Base address of the HTTP API. */
  readonly http: string;
  /** What `RABBITMQ_URL` would be set to. */
  readonly amqp: string;
  /** Base address of the management API; absent where there is none. */
  readonly management?: string;
  /** Of the file that it was read from. */
  readonly file: string;
}

const FILE = "platform.json";

/** The running platform; `undefined` where there is none. Never throws. */
export function runningPlatform(env: Environment, cwd = process.cwd()): PlatformAddresses | undefined {
  for (const folder of dataDirectories(env, cwd)) {
    const found = readAddresses(path.join(folder, FILE));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `BLOODBANK_DATA_DIR`; without it `.bloodbank` here and in every folder above, as git looks for its own. */
function* dataDirectories(env: Environment, cwd: string): Generator<string> {
  const named = text(env, "BLOODBANK_DATA_DIR");
  if (named !== undefined) {
    yield path.resolve(cwd, named);
    return;
  }
  for (let folder = path.resolve(cwd); ; folder = path.dirname(folder)) {
    yield path.join(folder, ".bloodbank");
    if (folder === path.dirname(folder)) return;
  }
}

function readAddresses(file: string): PlatformAddresses | undefined {
  try {
    const { pid, http, amqp, management }: Partial<PlatformAddresses> = JSON.parse(
      readFileSync(file, "utf8"),
    );
    if (typeof pid !== "number" || typeof http !== "string" || typeof amqp !== "string" || !isAlive(pid))
      return undefined;
    return { pid, http, amqp, ...(typeof management === "string" && { management }), file };
  } catch {
    return undefined;
  }
}

/** EPERM: it lives, and belongs to someone else. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
