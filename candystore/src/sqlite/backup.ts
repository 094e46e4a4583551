/** A copy of the whole store while it goes on: one moment of it, compact, in a file that is whole or not there. */
import { existsSync, rmSync, statSync } from "node:fs";
import { StoreError } from "../errors.js";
import { settle } from "../keep/archive.js";
import type { Backup } from "../keep/contract.js";
import { openDatabase, storeError } from "./database.js";

export async function backupSqlite(from: string, file: string): Promise<Backup> {
  if (existsSync(file)) throw new StoreError("FILE_EXISTS", `${file} exists; choose another name.`);
  const began = performance.now();
  const partial = `${file}.partial`;
  rmSync(partial, { force: true });
  const source = openDatabase(from, { readOnly: true });
  try {
    source.prepare("VACUUM INTO ?").run(partial);
  } catch (error) {
    rmSync(partial, { force: true });
    throw storeError(error, file);
  } finally {
    source.close();
  }
  await settle(partial, file);
  return {
    file,
    ...contentsOf(file),
    bytes: statSync(file).size,
    seconds: (performance.now() - began) / 1_000,
  };
}

export function contentsOf(file: string): { readonly position: number; readonly events: number } {
  const copy = openDatabase(file, { readOnly: true });
  try {
    return copy.prepare("SELECT position, (SELECT count(*) FROM events) AS events FROM head").get() as {
      position: number;
      events: number;
    };
  } finally {
    copy.close();
  }
}
