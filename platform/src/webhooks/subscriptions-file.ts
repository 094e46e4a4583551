/** `<data directory>/webhooks.json`: the subscriptions, secrets included; whole or not at all, for this user alone. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { messageOf, StartError, systemCode } from "../errors.js";
import type { Subscription } from "./contract.js";

const fileOf = (dataDir: string) => path.join(dataDir, "webhooks.json");

/** @throws StartError `DATA_DIR_UNUSABLE` for a file that is there and cannot be understood */
export function readSubscriptions(dataDir: string): readonly Subscription[] {
  try {
    const { webhooks } = JSON.parse(readFileSync(fileOf(dataDir), "utf8"));
    return webhooks;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw new StartError("DATA_DIR_UNUSABLE", `${fileOf(dataDir)} cannot be read: ${messageOf(error)}`, {
      cause: error,
      hint: "Restore it from a backup, or move it away to start without webhooks.",
    });
  }
}

export function writeSubscriptions(dataDir: string, webhooks: readonly Subscription[]): void {
  const file = fileOf(dataDir);
  const next = `${file}.${process.pid}`;
  writeFileSync(next, `${JSON.stringify({ webhooks }, null, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(next, file);
}
