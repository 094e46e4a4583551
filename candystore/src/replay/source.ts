/** Reads rows for a replay on connections of its own, so that nobody who asks the store waits for it. */
import type { StoreLocation } from "../contract.js";
import type { Query } from "../query/filter.js";
import type { EventRow } from "../record/stored-event.js";
import { searchFile, storeFile } from "../sqlite/files.js";
import { SqliteReader } from "../sqlite/reader.js";
import { SearchIndex } from "../sqlite/search-index.js";

export interface RowSource {
  rowsAfter(
    after: number,
    limit: number,
    query: Query,
  ): Promise<{ readonly rows: readonly EventRow[]; readonly examined: number }>;
  close(): Promise<void>;
}

export async function openSource(location: StoreLocation): Promise<RowSource> {
  const index = new SearchIndex(searchFile(location.dataDir), true);
  const reader = new SqliteReader(storeFile(location.dataDir), index);
  return {
    rowsAfter: async (after, limit, query) => {
      index.refresh();
      return reader.rowsAfter(after, limit, query);
    },
    close: async () => {
      reader.close();
      index.close();
    },
  };
}
