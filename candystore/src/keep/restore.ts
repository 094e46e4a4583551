import { copyFileSync, existsSync, linkSync, renameSync, rmSync } from "node:fs";
import { makeFolder } from "@33god/holyfields/folders";
import type { StoreOptions } from "../contract.js";
import { StoreError } from "../errors.js";
import { contentsOf } from "../sqlite/backup.js";
import { type Database, openDatabase, storeError } from "../sqlite/database.js";
import { checkpointFile, searchFile, storeFile } from "../sqlite/files.js";
import { settle } from "./archive.js";
import { fill, isLines } from "./fill.js";

/** Where the store is to be. */
export type RestorePlace = Pick<StoreOptions, "dataDir" | "databaseUrl" | "databaseSchema">;

/**
 * Makes a store from a backup. Whole or not at all: it is made and checked beside its place first. The store must not be
 * open. A replaced one is kept, as `candystore.sqlite.before-restore` or as the schema `candystore_before_restore`.
 *
 * A backup of SQLite is its file, and becomes SQLite again. One of PostgreSQL is lines, and becomes either.
 *
 * @throws StoreError `FILE_EXISTS` when there is a store already, unless `replace`; `STORE_BUSY` when it is open;
 *   `STORE_CORRUPT` when the backup is damaged or no backup; `INVALID_IMPORT` when it is a file of SQLite for PostgreSQL
 */
export async function restoreStore(
  backup: string,
  place: RestorePlace,
  { replace = false }: { readonly replace?: boolean } = {},
): Promise<{ readonly events: number; readonly position: number }> {
  if (!existsSync(backup)) throw new StoreError("STORE_UNAVAILABLE", `${backup} does not exist.`);
  const lines = await isLines(backup);
  if (place.databaseUrl === undefined) return restoreSqlite(backup, lines, place.dataDir, replace);
  if (!lines)
    throw new StoreError(
      "INVALID_IMPORT",
      `${backup} is the file of a SQLite store, and the history is to be in PostgreSQL.`,
    );
  const { replacePostgres } = await import("../postgres/restore.js");
  return replacePostgres(place, replace, (location) => fill(location, backup));
}

async function restoreSqlite(backup: string, lines: boolean, dataDir: string, replace: boolean) {
  const place = storeFile(dataDir);
  const there = existsSync(place);
  if (there && !replace)
    throw new StoreError("FILE_EXISTS", `There is a store in ${dataDir}. Say that it may be replaced.`);
  if (!lines) checkWhole(backup);
  makeFolder(dataDir);
  const partial = `${place}.restoring`;
  if (lines) await fillFile(partial, backup);
  else copyFileSync(backup, partial);
  if (there) setAside(place);
  // A log that lies there, perhaps without its file, would be taken for the new one's.
  for (const suffix of ["-wal", "-shm"]) rmSync(place + suffix, { force: true });
  for (const suffix of ["", "-wal", "-shm"]) rmSync(searchFile(dataDir) + suffix, { force: true });
  // Its later checkpoints speak of events that are not in the backup.
  if (existsSync(checkpointFile(dataDir)))
    renameSync(checkpointFile(dataDir), `${checkpointFile(dataDir)}.before-restore`);
  await settle(partial, place);
  return contentsOf(place);
}

/** In a folder of its own: nothing else of a store is wanted. */
async function fillFile(file: string, backup: string): Promise<void> {
  const dataDir = `${file}.d`;
  rmSync(dataDir, { recursive: true, force: true });
  try {
    await fill({ dataDir }, backup);
    renameSync(storeFile(dataDir), file);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function checkWhole(file: string): void {
  let database: Database | undefined;
  try {
    database = openDatabase(file, { readOnly: true });
    const { application_id: application } = database.prepare("PRAGMA application_id").get() as {
      application_id: number;
    };
    const result = database.prepare("PRAGMA quick_check(1)").get() as { quick_check: string };
    if (application !== 0x43414e44 || result.quick_check !== "ok")
      throw new StoreError("STORE_CORRUPT", `${file} is damaged or not a backup: ${result.quick_check}`);
  } catch (error) {
    throw storeError(error, file);
  } finally {
    database?.close();
  }
}

/** Locked exclusively first: fails while anyone has it open. Closing merges the write-ahead log into the file. */
function setAside(place: string): void {
  let database: Database | undefined;
  try {
    database = openDatabase(place);
    database.exec("PRAGMA busy_timeout = 500; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT");
    database.exec("PRAGMA journal_mode = DELETE");
  } catch (error) {
    throw storeError(error, place);
  } finally {
    database?.close();
  }
  // A second name for the old file: its own goes to the new one in a single step, whenever this ends.
  rmSync(`${place}.before-restore`, { force: true });
  linkSync(place, `${place}.before-restore`);
}
