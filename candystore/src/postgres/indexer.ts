/**
 * Keeps the words indexed, and listens for commits of other processes. One process indexes at a time: who holds the
 * lock; the others try again later.
 */
import { Buffer } from "node:buffer";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import type { StoreLocation } from "../contract.js";
import type { Indexing, Log } from "../engine/contract.js";
import { Portion } from "../engine/portion.js";
import { indexWords } from "../query/index-words.js";
import { parseBody } from "../record/stored-event.js";
import { connect } from "./connection.js";
import type { PostgresReader } from "./reader.js";
import { lockArgs } from "./schema.js";
import { MORE } from "./streams.js";
import { channelOf } from "./writer.js";

const BATCH = 500;
const BATCH_BYTES = 16 * 1024 * 1024;
/** A `tsvector` holds a megabyte of words. */
const MOST_BYTES = 1_000_000;
/** To index more takes too long. */
const MOST_WORDS = 12_000;
const RETRY = 1_000;

export class PostgresIndexer implements Indexing {
  readonly #location: StoreLocation;
  readonly #reader: PostgresReader;
  readonly #log: Log;
  readonly #committed: (position: number) => void;
  readonly #portion = new Portion({ most: BATCH, bytes: BATCH_BYTES, first: 16 });
  #running: Promise<void> | undefined;
  #client: pg.Client | undefined;
  #again = false;
  #closing = false;

  constructor(
    location: StoreLocation,
    reader: PostgresReader,
    log: Log,
    committed: (position: number) => void,
  ) {
    this.#location = location;
    this.#reader = reader;
    this.#log = log;
    this.#committed = committed;
  }

  wake(): void {
    this.#again = true;
    if (this.#closing) return;
    this.#running ??= this.#run()
      .catch((error: unknown) => this.#failed(error))
      .finally(() => {
        this.#running = undefined;
        if (this.#again && !this.#closing) setTimeout(() => this.wake(), RETRY).unref();
      });
  }

  async dropBefore(position: number): Promise<void> {
    await this.#reader.pool.query("DELETE FROM search WHERE position < $1", [position]);
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#running;
    await this.#client?.end().catch(() => undefined);
  }

  async #run(): Promise<void> {
    const client = await this.#connected();
    for (let added = false; !this.#closing; added = true) {
      this.#again = false;
      const { indexed, position } = await this.#reader.progress();
      if (indexed >= position) {
        // What was added last waits in a list that each search reads from end to end.
        if (added) await client.query("SELECT gin_clean_pending_list('search_words')");
        return;
      }
      if (!(await this.#step(client))) {
        this.#again = true;
        return;
      }
      await sleep(0);
    }
  }

  /** False when another process indexes. */
  async #step(client: pg.Client): Promise<boolean> {
    await client.query("BEGIN");
    try {
      const lock = await client.query<{ mine: boolean }>(
        `SELECT pg_try_advisory_xact_lock(${lockArgs("index")}) AS mine`,
      );
      if (lock.rows[0]?.mine !== true) return false;
      const head = await client.query<{ indexed: string }>("SELECT indexed FROM head");
      const { rows, examined } = await this.#reader.rowsAfter(
        Number(head.rows[0]!.indexed),
        this.#portion.size,
        {},
      );
      this.#portion.tookRows(rows);
      const words = rows.map((row) => fitting(indexWords(row, parseBody(row.body)).split(" ")));
      await client.query(
        `INSERT INTO search SELECT position, array_to_tsvector(string_to_array(words, ' '))
         FROM unnest($1::bigint[], $2::text[]) AS new (position, words) ON CONFLICT DO NOTHING`,
        [rows.map(({ position }) => position), words.map((list) => list.join(" "))],
      );
      await client.query("UPDATE head SET indexed = $1", [examined]);
      return true;
    } finally {
      await client.query("COMMIT");
    }
  }

  async #connected(): Promise<pg.Client> {
    if (this.#client !== undefined) return this.#client;
    const client = await connect(this.#location, "indexer");
    const drop = () => {
      if (this.#client === client) this.#client = undefined;
      if (!this.#closing) setTimeout(() => this.wake(), RETRY).unref();
    };
    client.on("end", drop);
    client.on("notification", ({ payload }) => {
      this.#committed(Number(payload));
      this.wake();
    });
    await client.query(`LISTEN ${channelOf(this.#location)}`);
    this.#client = client;
    return client;
  }

  #failed(error: unknown): void {
    this.#again = true;
    if (!this.#closing)
      this.#log("warn", `indexing paused: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Where they do not all fit, with the mark that there are more. */
function fitting(words: readonly string[]): readonly string[] {
  let bytes = 0;
  const end = words.findIndex((word, n) => {
    bytes += Buffer.byteLength(word);
    return n === MOST_WORDS || bytes > MOST_BYTES;
  });
  return end < 0 ? words : [...words.slice(0, end), MORE];
}
