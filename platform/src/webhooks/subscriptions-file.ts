/** `<data directory>/webhooks.json`: the subscriptions, secrets included; whole or not at all, for this user alone. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { messageOf, StartError, systemCode } from "../errors.js";
import { writeWhole } from "../whole-file.js";
import type { Subscription } from "./contract.js";

const fileOf = (dataDir: string) => path.join(dataDir, "webhooks.json");

/** @throws StartError `DATA_DIR_UNUSABLE` for a file that is there and cannot be understood */
export function readSubscriptions(dataDir: string): readonly Subscription[] {
  try {
    const { webhooks } = JSON.parse(readFileSync(fileOf(dataDir), "utf8")) ?? {};
    if (!Array.isArray(webhooks)) throw new Error("it has no list of webhooks");
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
  writeWhole(fileOf(dataDir), `${JSON.stringify({ webhooks }, null, 2)}\n`);
}
