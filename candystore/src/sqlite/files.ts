import path from "node:path";

/** The store's files in its folder. */
export const storeFile = (dataDir: string): string => path.join(dataDir, "candystore.sqlite");
export const searchFile = (dataDir: string): string => path.join(dataDir, "candystore-search.sqlite");
export const archiveDir = (dataDir: string): string => path.join(dataDir, "archive");
export const checkpointFile = (dataDir: string): string =>
  path.join(dataDir, "candystore-checkpoints.ndjson");
