/** Opens the store's SQLite files, and gives SQLite's errors our codes. */
import { DatabaseSync } from "@photostructure/sqlite";
import { StoreError, type StoreErrorCode } from "../errors.js";

export type Database = InstanceType<typeof DatabaseSync>;
export type Statement = ReturnType<Database["prepare"]>;

/**
 * A parameter of `LIMIT`. SQLite compiles a statement again with each value of one that stands there by itself, which takes
 * longer than a page of links.
 */
export const BOUND = "? + 0";

/** Of new files. Events of some hundred bytes fill large pages better, and append with fewer of them. */
const PAGE_BYTES = 16_384;
/** The log is written back into the file by the commit that finds so many bytes in it. */
const CHECKPOINT_BYTES = 32 * 1024 * 1024;
/** Of events: by then another thread may write a part of the log back (see `engine/write-back.ts`). */
export const GROWN_BYTES = 4 * 1024 * 1024;

export interface DatabaseOptions {
  readonly readOnly?: boolean;
  /** Of page cache; 32 MiB by default. */
  readonly cacheBytes?: number;
  /** `full`: a commit is on the disk when it returns. `normal`: what can be made again anyway. */
  readonly synchronous?: "full" | "normal";
  /** Pages the file may grow to; for tests of a full disk. */
  readonly maxPages?: number;
}

export function openDatabase(file: string, options: DatabaseOptions = {}): Database {
  const { readOnly = false, cacheBytes = 32 * 1024 * 1024, synchronous = "full", maxPages } = options;
  try {
    const database = new DatabaseSync(file, { readOnly, timeout: 10_000 });
    database.exec(`PRAGMA cache_size = -${Math.floor(cacheBytes / 1024)}; PRAGMA temp_store = MEMORY`);
    if (!readOnly) {
      database.exec(
        `PRAGMA page_size = ${PAGE_BYTES}; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL`,
      );
      database.exec(`PRAGMA synchronous = ${synchronous}`);
      database.exec(`PRAGMA wal_autocheckpoint = ${Math.ceil(CHECKPOINT_BYTES / PAGE_BYTES)}`);
      database.exec("PRAGMA journal_size_limit = 67108864");
      if (maxPages !== undefined) database.exec(`PRAGMA max_page_count = ${maxPages}`);
    }
    return database;
  } catch (error) {
    throw storeError(error, file);
  }
}

/** SQLite's primary result codes: https://sqlite.org/rescode.html */
const CODES: Readonly<Record<number, StoreErrorCode>> = {
  5: "STORE_BUSY",
  6: "STORE_BUSY",
  8: "STORE_UNAVAILABLE",
  10: "STORE_UNAVAILABLE",
  11: "STORE_CORRUPT",
  13: "STORE_FULL",
  14: "STORE_UNAVAILABLE",
  26: "STORE_CORRUPT",
};

export function storeError(error: unknown, file = "the store"): StoreError {
  if (error instanceof StoreError) return error;
  const { errcode, sqliteCode, message } = error as {
    errcode?: number;
    sqliteCode?: number;
    message?: string;
  };
  const code = CODES[(errcode ?? sqliteCode ?? 1) & 0xff] ?? "STORE_FAILED";
  return new StoreError(code, `${file}: ${message ?? String(error)}`, { cause: error });
}
