/**
 * Checkpoints beside the store, a line each: who rewrites the database has to find these as well. Ship the file away
 * and a chain that was rewritten as a whole is found out too.
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import type { Checkpoint } from "./contract.js";

/** Positions between two checkpoints. */
export const CHECKPOINT_EVERY = 4_096;

export function appendCheckpoints(file: string, checkpoints: readonly Checkpoint[]): void {
  if (checkpoints.length === 0) return;
  appendFileSync(file, checkpoints.map((checkpoint) => `${JSON.stringify(checkpoint)}\n`).join(""));
}

/** Lines that a crash tore are left out. */
export function readCheckpoints(file: string): readonly Checkpoint[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8").split("\n").flatMap(parse);
}

function parse(line: string): Checkpoint[] {
  try {
    const { position, hash, at } = JSON.parse(line) as Partial<Checkpoint>;
    return typeof position === "number" && typeof hash === "string" ? [{ position, hash, at: at ?? "" }] : [];
  } catch {
    return [];
  }
}
