/** Retention on a schedule: the rules of BLOODBANK_RETENTION, applied soon after the start and every hour. */
import { readFileSync } from "node:fs";
import type { Retention } from "@33god/candystore";
import type { Config } from "../config/contract.js";
import { messageOf, StartError } from "../errors.js";
import type { StoreAccess } from "../http/context.js";
import type { Log } from "../log/log.js";

const FIRST = 60_000;
const PERIOD = 60 * 60_000;

/**
 * The rules, from JSON or YAML; what they may say the store checks.
 *
 * @throws StartError `BAD_CONFIG`
 */
export async function readRetention({ retentionFile }: Config): Promise<Retention | undefined> {
  if (retentionFile === undefined) return undefined;
  try {
    const text = readFileSync(retentionFile, "utf8");
    const rules: unknown = text.trimStart().startsWith("{")
      ? JSON.parse(text)
      : (await import("yaml")).parse(text);
    if (typeof rules !== "object" || rules === null || !("rules" in rules) || !Array.isArray(rules.rules))
      throw new Error("it has no list of rules");
    return rules as unknown as Retention;
  } catch (error) {
    throw new StartError("BAD_CONFIG", `BLOODBANK_RETENTION: ${retentionFile}: ${messageOf(error)}`, {
      cause: error,
      hint: 'For example: {"rules":[{"type":["#"],"max_age_days":365}]}',
    });
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
  const round = async () => {
    try {
      const { removed, bytes, archives } = await store.events.retain(retention);
      if (removed > 0) log("info", `retention removed ${removed} events`, { bytes, archives });
    } catch (error) {
      log("error", `retention: ${messageOf(error)}`);
    }
    timer = setTimeout(() => void round(), PERIOD).unref();
  };
  timer = setTimeout(() => void round(), FIRST).unref();
  return () => clearTimeout(timer);
}
