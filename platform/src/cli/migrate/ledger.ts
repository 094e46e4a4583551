/**
 * What the target has confirmed, a line each: `["queue","message id"]`, after a first line that names the target. Written
 * before the message is acked, so that a move which was interrupted still knows all that it moved.
 */
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { makeFolder } from "@33god/holyfields/folders";
import { CliError } from "../errors.js";

export interface Ledger {
  add(queue: string, ids: readonly string[]): void;
  /** Different ids by queue, of this run and of earlier ones. */
  counts(): ReadonlyMap<string, number>;
  /** The move is complete: a further one begins a ledger of its own. The old one is kept beside it. */
  close(): void;
}

export function openLedger(folder: string, target: string): Ledger {
  const file = path.join(folder, "migration.ndjson");
  if (!existsSync(file)) {
    makeFolder(path.resolve(folder));
    writeFileSync(file, `${JSON.stringify({ target })}\n`);
  }
  const [first = ""] = readFileSync(file, "utf8").split("\n", 1);
  const begun = targetOf(first);
  if (begun !== target)
    throw new CliError("REFUSED", `a move to ${begun} was begun and not finished`, {
      hint: `finish it first; or, if what went there is not wanted any more, remove ${file}`,
    });
  return {
    add: (queue, ids) => appendFileSync(file, ids.map((id) => `${JSON.stringify([queue, id])}\n`).join("")),
    counts: () => countsIn(readFileSync(file, "utf8")),
    close: () =>
      renameSync(
        file,
        path.join(folder, `migration-${new Date().toISOString().replaceAll(":", "-")}.ndjson`),
      ),
  };
}

function targetOf(line: string): string {
  try {
    return String(JSON.parse(line).target);
  } catch {
    return "an unknown place";
  }
}

function countsIn(text: string): ReadonlyMap<string, number> {
  const ids = new Map<string, Set<string>>();
  for (const line of text.split("\n").slice(1)) {
    // A line may have been cut by a crash; its message was not acked and is moved again.
    let entry: readonly [string, string];
    try {
      entry = JSON.parse(line);
    } catch {
      continue;
    }
    const [queue, id] = entry;
    ids.set(queue, (ids.get(queue) ?? new Set()).add(id));
  }
  return new Map([...ids].map(([queue, set]) => [queue, set.size]));
}
