// A process of its own: fills a store of EVENTS events in FOLDER, asks it, and prints its figures as JSON.
// store.mjs candystore|obvious EVENTS FOLDER
//   candystore  the store's own writer and reader, in this thread
//   obvious     a UUID text key, a JSON column, an index for each field that is asked for
import { statSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { checkFilter } from "../../candystore/dist/query/filter.js";
import { indexWords } from "../../candystore/dist/query/index-words.js";
import { draftOf, shapeJudge } from "../../candystore/dist/record/draft.js";
import { parseBody } from "../../candystore/dist/record/stored-event.js";
import { SqliteReader } from "../../candystore/dist/sqlite/reader.js";
import { SearchIndex } from "../../candystore/dist/sqlite/search-index.js";
import { SqliteWriter } from "../../candystore/dist/sqlite/writer.js";
import { deliveries, TREE, WORDS } from "./store-events.mjs";

const [subject, eventsText, folder] = process.argv.slice(2);
const events = Number(eventsText);
const BATCH = 1_000;
const PAGES = 200;
const file = path.join(folder, `${subject}.sqlite`);

function candystore() {
  const writer = new SqliteWriter(file);
  const index = new SearchIndex(path.join(folder, "search.sqlite"));
  let reader;
  const page = (filter, cursor) => reader.page(checkFilter(filter), "newest", 50, cursor);
  return {
    append: (batch) => writer.append(batch.map((delivery) => draftOf(delivery, shapeJudge))),
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
    trace: (id) => reader.trace(id, 5_000),
    bytes: () => statSync(file).size,
    indexBytes: () => index.bytes,
    close() {
      reader?.close();
      writer.close();
    },
  };
}

function obvious() {
  const database = new DatabaseSync(file);
  database.exec(`
    PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32768;
    CREATE TABLE events (
      event_id TEXT PRIMARY KEY, event_type TEXT, version TEXT, source_app TEXT, timestamp TEXT, received_at TEXT,
      routing_key TEXT, correlation_id TEXT, valid INTEGER, headers TEXT, event TEXT
    );
    CREATE INDEX by_type ON events (event_type); CREATE INDEX by_version ON events (version);
    CREATE INDEX by_source ON events (source_app); CREATE INDEX by_time ON events (received_at);
    CREATE INDEX by_key ON events (routing_key); CREATE INDEX by_correlation ON events (correlation_id);
    CREATE INDEX by_valid ON events (valid);
  `);
  const insert = database.prepare(`INSERT OR IGNORE INTO events VALUES (${Array(11).fill("?").join(", ")})`);
  const columns = {
    type: "event_type",
    source: "source_app",
    version: "version",
    correlation: "correlation_id",
  };
  return {
    append(batch) {
      database.exec("BEGIN IMMEDIATE");
      for (const { body, routingKey, headers, receivedAt } of batch) {
        const text = Buffer.from(body).toString();
        const event = JSON.parse(text);
        insert.run(
          event.event_id,
          event.event_type,
          event.version,
          event.source.app,
          event.timestamp,
          new Date(receivedAt).toISOString(),
          routingKey,
          event.correlation_ids[0] ?? null,
          1,
          JSON.stringify(headers),
          text,
        );
      }
      database.exec("COMMIT");
    },
    index: () => undefined,
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
        } else {
          where.push(`${columns[name]} = ?`);
          values.push(Array.isArray(value) ? value[0] : value);
        }
      }
      const rows = database
        .prepare(
          `SELECT * FROM events ${where.length > 0 ? `WHERE ${where.join(" AND ")}` : ""}
           ORDER BY received_at DESC, event_id DESC LIMIT 50`,
        )
        .all(...values);
      return { events: rows.map((row) => JSON.parse(row.event)) };
    },
    trace(id) {
      const next = database.prepare("SELECT event_id, event FROM events WHERE correlation_id = ?");
      const nodes = [id];
      for (const node of nodes) for (const row of next.all(node)) nodes.push(row.event_id);
      return { nodes };
    },
    bytes: () => statSync(file).size,
    indexBytes: () => 0,
    close: () => database.close(),
  };
}

const percentile = (times, share) => [...times].sort((a, b) => a - b)[Math.floor(times.length * share)];

const store = subject === "candystore" ? candystore() : obvious();
let raw = 0;
const rates = [];
const edge = Math.min(100_000, Math.floor(events / 4));
let spent = 0;
let counted = 0;
for (let n = 0; n < events; n += BATCH) {
  const batch = deliveries(n, BATCH);
  for (const { body } of batch) raw += body.byteLength;
  const began = performance.now();
  store.append(batch);
  spent += performance.now() - began;
  counted += BATCH;
  if (counted >= edge) {
    rates.push((counted / spent) * 1_000);
    spent = 0;
    counted = 0;
  }
}
const indexBegan = performance.now();
store.index();
const indexSeconds = (performance.now() - indexBegan) / 1_000;

const at = (share) => new Date(deliveries(Math.floor(events * share), 1)[0].receivedAt).toISOString();
const some = (n) => deliveries(Math.floor(((n * 7_919) % 1_000) * (events / 1_000)), 1)[0];
const filters = {
  none: () => ({}),
  type: (n) => ({ type: [some(n).routingKey] }),
  source: (n) => ({ source: some(n).app }),
  version: () => ({ version: "v1" }),
  "type and source": (n) => ({ type: [some(n).routingKey], source: some(n).app }),
  time: (n) => ({ since: at((n % 90) / 100), until: at((n % 90) / 100 + 0.05) }),
  correlation: (n) => ({ correlation: some(n).id }),
  payload: (n) => ({ payload: { meeting_id: some(n).meeting } }),
  text: (n) => ({ text: WORDS[n % WORDS.length] }),
};
const queries = {};
for (const [name, filter] of Object.entries(filters)) {
  // What the obvious table must read through entirely is asked a few times only.
  const pages = subject === "obvious" && ["payload", "text"].includes(name) ? 5 : PAGES;
  const times = [];
  for (let n = 0; n < pages; n += 1) {
    const wanted = filter(n);
    const began = performance.now();
    store.page(wanted);
    times.push(performance.now() - began);
  }
  queries[name] = { median: percentile(times, 0.5), p95: percentile(times, 0.95) };
}
const traces = [];
let nodes = 0;
for (let n = 0; n < 20; n += 1) {
  const root = deliveries(Math.floor((events / TREE) * (n / 20)) * TREE, 1)[0];
  const began = performance.now();
  const trace = await store.trace(root.id);
  traces.push(performance.now() - began);
  nodes = trace.nodes.length;
}
console.log(
  JSON.stringify({
    appendEmpty: rates[0],
    appendFull: rates.at(-1),
    appendAll: events / rates.reduce((sum, rate) => sum + edge / rate, 0),
    indexed: indexSeconds > 0 ? events / indexSeconds : 0,
    bytes: store.bytes() / raw,
    bytesWithText: (store.bytes() + store.indexBytes()) / raw,
    queries,
    trace: { median: percentile(traces, 0.5), p95: percentile(traces, 0.95), nodes },
  }),
);
store.close();
process.exit(0);
