/** Retention on a schedule: the rules of BLOODBANK_RETENTION, applied soon after the start and every hour. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { checkRetention, type Retention } from "@33god/candystore";
import type { Config } from "../config/contract.js";
import { nearestName } from "../config/nearest.js";
import { messageOf, StartError } from "../errors.js";
import type { StoreAccess } from "../http/context.js";
import type { Log } from "../log/log.js";

const FIRST = 5_000;
const PERIOD = 60 * 60_000;

const MEMBERS = ["rules", "max_bytes", "archive"];
const MEMBERS_OF_A_RULE = ["type", "max_age_days"];

/**
 * The rules, from JSON or YAML. A relative `archive` is a folder beside the file.
 *
 * @throws StartError `BAD_CONFIG`
 */
export async function readRetention({ retentionFile }: Config): Promise<Retention | undefined> {
  if (retentionFile === undefined) return undefined;
  try {
    const text = readFileSync(retentionFile, "utf8");
    const read: unknown = text.trimStart().startsWith("{")
      ? JSON.parse(text)
      : (await import("yaml")).parse(text);
    if (typeof read !== "object" || read === null || !("rules" in read) || !Array.isArray(read.rules))
      throw new Error("it has no list of rules");
    // A misspelt member would keep events for ever, or not archive them, and nobody would know.
    refuseUnknown("it", read, MEMBERS);
    for (const [index, rule] of read.rules.entries())
      refuseUnknown(`rule ${index + 1}`, rule, MEMBERS_OF_A_RULE);
    const retention = read as unknown as Retention;
    checkRetention(retention);
    return typeof retention.archive === "string"
      ? { ...retention, archive: path.resolve(path.dirname(retentionFile), retention.archive) }
      : retention;
  } catch (error) {
    throw new StartError("BAD_CONFIG", `BLOODBANK_RETENTION: ${retentionFile}: ${messageOf(error)}`, {
      cause: error,
      hint: 'For example: {"rules":[{"type":["#"],"max_age_days":365}]}',
    });
  }
}

function refuseUnknown(what: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== "object" || value === null) throw new Error(`${what} is not an object`);
  for (const name of Object.keys(value)) {
    if (known.includes(name)) continue;
    const near = nearestName(name, known);
    throw new Error(
      `${what} has a "${name}", which is none of ${known.join(", ")}${near === undefined ? "" : `; did you mean ${near}?`}`,
    );
  }
}

/** Returns how to stop it; a round at work is finished by the store. */
export function scheduleRetention(
  retention: Retention | undefined,
  store: StoreAccess,
  log: Log,
): () => void {
  if (retention === undefined) return () => undefined;
  let timer: NodeJS.Timeout;
  let stopped = false;
  const round = async () => {
    try {
      const { removed, bytes, archives } = await store.events.retain(retention);
      if (removed > 0)
        log("info", `retention removed ${removed} ${removed === 1 ? "event" : "events"}`, {
          bytes,
          archives,
        });
    } catch (error) {
      if (!stopped) log("error", `retention: ${messageOf(error)}`);
    }
    if (!stopped) timer = setTimeout(() => void round(), PERIOD).unref();
  };
  timer = setTimeout(() => void round(), FIRST).unref();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
