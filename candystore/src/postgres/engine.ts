/** The engine for many machines. */
import type { Engine } from "../engine/contract.js";
import { PostgresIndexer } from "./indexer.js";
import { refuseTransactionPooling } from "./pooling.js";
import { PostgresReader } from "./reader.js";
import { PostgresWriter } from "./writer.js";

export const postgres: Engine = {
  async openWriter(location, { log }) {
    await refuseTransactionPooling(location);
    const writer = new PostgresWriter(location, log);
    try {
      await writer.open();
      return writer;
    } catch (error) {
      await writer.close();
      throw error;
    }
  },
  async openReader(location, { indexing, log, committed }) {
    const reader = new PostgresReader(location);
    if (!indexing) return { reader };
    const indexer = new PostgresIndexer(location, reader, log, committed);
    return { reader, indexing: indexer };
  },
};
