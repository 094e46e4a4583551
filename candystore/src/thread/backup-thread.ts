/** A thread for a backup alone: it reads for as long as it takes, and nobody waits for it. */
import { workerData } from "node:worker_threads";
import { backupSqlite } from "../sqlite/backup.js";
import { storeFile } from "../sqlite/files.js";
import { begin } from "./begin.js";

const { dataDir } = workerData as { readonly dataDir: string };

const methods = {
  backup: (file: string) => backupSqlite(storeFile(dataDir), file),
  close: () => undefined,
};

export type BackupMethods = typeof methods;

await begin(() => methods);
