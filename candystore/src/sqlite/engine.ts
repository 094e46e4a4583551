/** The engine for one machine. */
import type { Engine } from "../engine/contract.js";
import { checkpointFile, searchFile, storeFile } from "./files.js";
import { Indexer } from "./indexer.js";
import { SqliteReader } from "./reader.js";
import { SearchIndex } from "./search-index.js";
import { SqliteWriter } from "./writer.js";

export const sqlite: Engine = {
  openWriter: ({ dataDir }, { maxPages, grown }) =>
    new SqliteWriter(storeFile(dataDir), {
      ...(maxPages !== undefined && { maxPages }),
      checkpointFile: checkpointFile(dataDir),
      grown,
    }),
  openReader({ dataDir }, { indexing, log }) {
    const index = new SearchIndex(searchFile(dataDir), !indexing);
    const reader = new SqliteReader(storeFile(dataDir), index, checkpointFile(dataDir));
    if (!indexing) return { reader };
    return {
      reader,
      indexing: new Indexer(reader, index, (error) => log("error", `indexing failed: ${String(error)}`)),
    };
  },
};
