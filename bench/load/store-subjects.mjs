// What the benchmark of the store sets side by side: the store's own writer and reader, and an obvious table.
import { hash } from "node:crypto";
import { statSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { WriteBack } from "../../candystore/dist/engine/write-back.js";
import { checkFilter } from "../../candystore/dist/query/filter.js";
import { indexWords } from "../../candystore/dist/query/index-words.js";
import { draftOf, shapeJudge } from "../../candystore/dist/record/draft.js";
import { parseBody } from "../../candystore/dist/record/stored-event.js";
import { openDatabase } from "../../candystore/dist/sqlite/database.js";
import { ROWS } from "../../candystore/dist/sqlite/inserts.js";
import { SqliteReader } from "../../candystore/dist/sqlite/reader.js";
import { SearchIndex } from "../../candystore/dist/sqlite/search-index.js";
import { SqliteWriter } from "../../candystore/dist/sqlite/writer.js";

const sizeOf = (file) => statSync(file).size;

export function candystore(folder) {
  const file = path.join(folder, "candystore.sqlite");
  const writeBack = new WriteBack(file);
  const writer = new SqliteWriter(file, { grown: () => writeBack.grown() });
  const index = new SearchIndex(path.join(folder, "search.sqlite"));
  let reader;
  let bodies;
  const page = (filter, cursor) => reader.page(checkFilter(filter), "newest", 50, cursor);
  return {
    append: (batch) => writer.append(batch.map((delivery) => draftOf(delivery, shapeJudge))),
    /** Resolves when its other thread has nothing to do. */
    idle: () => writeBack.idle(),
    /** Lags behind in earnest; here it is timed by itself. */
    index() {
      reader = new SqliteReader(file, index, path.join(folder, "none"));
      for (;;) {
        const { rows, examined } = reader.rowsAfter(index.progress, 1_000, {});
        if (rows.length === 0) return;
        index.add(
          rows.map((row) => ({ position: row.position, words: indexWords(row, parseBody(row.body)) })),
          examined,
        );
      }
    },
    page,
    /** The bodies of a page, by positions that are known beforehand, as bytes: less than this no page can be. */
    bodies(positions) {
      bodies ??= reader.database.prepare(
        "SELECT CAST(group_concat(body, ',') AS BLOB) FROM json_each(?) AS listed JOIN events ON position = listed.value",
      );
      return bodies.get(JSON.stringify(positions));
    },
    trace: (id) => reader.trace(id, 5_000),
    bytes: () => sizeOf(file),
    indexBytes: () => index.bytes,
    async close() {
      reader?.close();
      await writeBack.close();
      writer.close();
    },
  };
}

/**
 * What no store with this judge and this hash chain can do without: each body is judged, digested, linked and inserted, in
 * the same batches synced. It finds nothing, knows no event again, and keeps no fact of the delivery.
 */
export function bare(folder) {
  const database = openDatabase(path.join(folder, "bare.sqlite"));
  database.exec("CREATE TABLE events (position INTEGER PRIMARY KEY, link BLOB, body BLOB)");
  const insert = database.prepare(`INSERT INTO events VALUES ${Array(ROWS).fill("(?, ?, ?)").join(", ")}`);
  const pair = Buffer.alloc(64);
  let position = 0;
  return {
    append(batch) {
      database.exec("BEGIN IMMEDIATE");
      for (let at = 0; at < batch.length; at += ROWS) {
        const values = [];
        for (const { body } of batch.slice(at, at + ROWS)) {
          shapeJudge(body);
          pair.write(hash("sha256", body, "binary"), 32, "binary");
          const link = Buffer.from(hash("sha256", pair, "binary"), "binary");
          link.copy(pair);
          values.push(++position, link, body);
        }
        insert.run(...values);
      }
      database.exec("COMMIT");
    },
    idle() {},
    close: () => database.close(),
  };
}

/**
 * A UUID text key, JSON columns, an index for each field that is asked for. It keeps the same facts of a delivery, counts
 * copies, and its pages and traces give the same as the store's. A page is the bytes of the HTTP answer, of both.
 */
export function obvious(folder) {
  const file = path.join(folder, "obvious.sqlite");
  const database = new DatabaseSync(file);
  database.exec(`
    PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32768; PRAGMA temp_store = MEMORY;
    CREATE TABLE events (
      event_id TEXT PRIMARY KEY, event_type TEXT, version TEXT, source_app TEXT, timestamp TEXT, received_at TEXT,
      exchange TEXT, routing_key TEXT, conversation TEXT, valid INTEGER, violations JSON, duplicates INTEGER,
      headers JSON, properties JSON, event JSON
    );
    CREATE INDEX by_type ON events (event_type); CREATE INDEX by_version ON events (version);
    CREATE INDEX by_source ON events (source_app); CREATE INDEX by_sent ON events (timestamp);
    CREATE INDEX by_time ON events (received_at); CREATE INDEX by_conversation ON events (conversation);
    CREATE INDEX by_valid ON events (valid);
    CREATE TABLE causes (cause_id TEXT, event_id TEXT);
    CREATE INDEX by_cause ON causes (cause_id);
  `);
  const insert = database.prepare(`INSERT OR IGNORE INTO events VALUES (${Array(15).fill("?").join(", ")})`);
  const insertCause = database.prepare("INSERT INTO causes VALUES (?, ?)");
  const copied = database.prepare("UPDATE events SET duplicates = duplicates + 1 WHERE event_id = ?");
  const byId = database.prepare("SELECT * FROM events WHERE event_id = ?");
  const effectsOf = database.prepare("SELECT event_id FROM causes WHERE cause_id = ?");
  const columns = {
    type: "event_type",
    source: "source_app",
    version: "version",
    valid: "valid",
  };
  return {
    append(batch) {
      database.exec("BEGIN IMMEDIATE");
      for (const { body, exchange, routingKey, headers, properties, receivedAt } of batch) {
        const { valid, violations, event } = shapeJudge(body);
        const { changes } = insert.run(
          event.event_id,
          event.event_type,
          event.version,
          event.source.app,
          event.timestamp,
          new Date(receivedAt).toISOString(),
          exchange,
          routingKey,
          properties.correlationId ?? null,
          valid ? 1 : 0,
          JSON.stringify(violations),
          0,
          JSON.stringify(headers),
          JSON.stringify(properties),
          body.toString(),
        );
        if (changes === 0) copied.run(event.event_id);
        else for (const cause of event.correlation_ids) insertCause.run(cause, event.event_id);
      }
      database.exec("COMMIT");
    },
    idle() {},
    /** `BENCH_ANALYZE=1`: SQLite is told how often each value occurs, which few do by themselves. */
    index() {
      if (process.env.BENCH_ANALYZE) database.exec("ANALYZE");
    },
    page(filter) {
      const where = [];
      const values = [];
      for (const [name, value] of Object.entries(filter)) {
        if (name === "payload")
          for (const [key, wanted] of Object.entries(value)) {
            where.push(`json_extract(event, '$.payload.${key}') = ?`);
            values.push(wanted);
          }
        else if (name === "text") {
          where.push("event LIKE ?");
          values.push(`%${value}%`);
        } else if (name === "since" || name === "until") {
          where.push(`received_at ${name === "since" ? ">=" : "<"} ?`);
          values.push(value);
        } else if (name === "correlation") {
          where.push("event_id IN (SELECT event_id FROM causes WHERE cause_id = ?)");
          values.push(value);
        } else {
          where.push(`${columns[name]} = ?`);
          values.push(Array.isArray(value) ? value[0] : typeof value === "boolean" ? Number(value) : value);
        }
      }
      const rows = database
        .prepare(
          `SELECT * FROM events ${where.length > 0 ? `WHERE ${where.join(" AND ")}` : ""}
           ORDER BY received_at DESC, event_id DESC LIMIT 50`,
        )
        .all(...values);
      return Buffer.from(JSON.stringify({ events: rows.map(eventOf) }));
    },
    /** Up and down, as the store's own. */
    trace(id) {
      const found = new Map();
      const wanted = [id];
      for (const next of wanted) {
        if (found.has(next)) continue;
        const row = byId.get(next);
        const causes = row === undefined ? [] : JSON.parse(row.event).correlation_ids;
        const effects = effectsOf.all(next).map(({ event_id }) => event_id);
        found.set(next, { row, causes, effects });
        wanted.push(...causes, ...effects);
      }
      const nodes = [...found].map(([event_id, { row, causes, effects }]) => ({
        event_id,
        missing: row === undefined,
        event_type: row?.event_type,
        timestamp: row?.timestamp,
        source_app: row?.source_app,
        valid: row?.valid === 1,
        received_at: row?.received_at,
        lag_ms: Date.parse(row?.received_at) - Date.parse(row?.timestamp),
        causes,
        effects,
      }));
      return { nodes: nodes.sort((a, b) => (a.received_at < b.received_at ? -1 : 1)) };
    },
    bytes: () => sizeOf(file),
    indexBytes: () => 0,
    close: () => database.close(),
  };
}

/** As the API gives it. */
const eventOf = ({ conversation: _, ...row }) => {
  const event = JSON.parse(row.event);
  return {
    ...row,
    correlation_ids: event.correlation_ids,
    headers: JSON.parse(row.headers),
    properties: JSON.parse(row.properties),
    valid: row.valid === 1,
    violations: JSON.parse(row.violations),
    event,
  };
};
