/** A thread that writes SQLite's write-ahead log back into the file, beside the one that appends to it. */
import { workerData } from "node:worker_threads";
import { openDatabase } from "../sqlite/database.js";
import { begin } from "./begin.js";
import { goBehind } from "./priority.js";

function methods() {
  const database = openDatabase((workerData as { readonly file: string }).file);
  return {
    /** What is committed by now, as far as nobody reads what stood in the file before. */
    writeBack: () => database.exec("PRAGMA wal_checkpoint(PASSIVE)"),
    close: () => database.close(),
  };
}

export type WriteBackMethods = ReturnType<typeof methods>;

goBehind();
await begin(methods);
