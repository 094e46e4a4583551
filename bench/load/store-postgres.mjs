// A process of its own: fills a store on PostgreSQL, in a schema of its own, asks it, drops it, and prints its figures as JSON.
// store-postgres.mjs EVENTS FOLDER
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../../candystore/dist/postgres/connection.js";
import { postgres } from "../../candystore/dist/postgres/engine.js";
import { checkFilter } from "../../candystore/dist/query/filter.js";
import { draftOf, shapeJudge } from "../../candystore/dist/record/draft.js";
import { quietRounds } from "../harness.mjs";
import { deliveries, TREE } from "./store-events.mjs";
import { figures, filtersOf, timed } from "./store-questions.mjs";

const [eventsText, dataDir] = process.argv.slice(2);
const events = Number(eventsText);
const BATCH = 1_000;
const ROUNDS = 5;
const ASKED = 100;
const WARM_MS = 1_000;
/** Milliseconds for a round of one kind of question. */
const LONGEST = 5_000;

const schema = `bench_store_${process.pid}`;
const location = { dataDir, databaseUrl: process.env.DATABASE_URL, databaseSchema: schema };
const log = (level, message) => console.error(level, message);

/** These are answered by the index of words, and asked when it is there. */
const BY_WORDS = new Set(["payload", "text"]);

/** A run takes long: what is known is said at once. */
function said(what, figure) {
  console.error(what, JSON.stringify(figure));
  return figure;
}

/** Appends in order; gives what the events' own bytes are, and how long each batch took. */
async function append(writer) {
  const spent = [];
  let raw = 0;
  for (let n = 0; n < events; n += BATCH) {
    const batch = deliveries(n, BATCH);
    for (const { body } of batch) raw += body.byteLength;
    spent.push(await timed(() => writer.append(batch.map((delivery) => draftOf(delivery, shapeJudge)))));
    if ((n + BATCH) % 500_000 === 0) console.error(`${n + BATCH} events appended`);
  }
  const rate = (batches) =>
    (batches.length * BATCH * 1_000) / batches.reduce((sum, { wall }) => sum + wall, 0);
  const edge = Math.max(1, Math.floor(Math.min(100_000, events / 4) / BATCH));
  return { raw, empty: rate(spent.slice(0, edge)), full: rate(spent.slice(-edge)), all: rate(spent) };
}

async function indexAll(reader, indexing) {
  const { wall } = await timed(async () => {
    indexing.wake();
    for (let done = 0; done < events; await sleep(200)) done = (await reader.progress()).indexed;
  });
  return (events * 1_000) / wall;
}

/** Rounds of questions, after some that are not measured, for caches and compilers. */
async function ask(work) {
  let n = 0;
  for (const until = performance.now() + WARM_MS; performance.now() < until; n += 1) await work(n);
  return quietRounds(ROUNDS, async () => {
    const times = [];
    for (let total = 0; times.length < ASKED && total < LONGEST; n += 1) {
      times.push((await timed(() => work(n))).wall);
      total += times.at(-1);
    }
    return figures(times);
  });
}

async function measure() {
  const writer = await postgres.openWriter(location, { log });
  const { reader, indexing } = await postgres.openReader(location, {
    log,
    indexing: true,
    committed: () => {},
  });
  try {
    const { raw, ...appended } = await append(writer);
    said("append", appended);
    said("bytes on disk against the events' own", (await reader.stats()).bytes / raw);
    const filters = Object.entries(filtersOf(events));
    const queries = {};
    const askBy = async (wanted) => {
      for (const [name, filter] of filters)
        if (wanted.has(name))
          queries[name] = said(
            name,
            await ask((n) => reader.page(checkFilter(filter(n)), "newest", 50, undefined)),
          );
    };
    await askBy(new Set(filters.map(([name]) => name).filter((name) => !BY_WORDS.has(name))));
    const roots = Math.max(1, Math.floor(events / TREE));
    const trace = await ask((n) => reader.trace(deliveries((n % roots) * TREE, 1)[0].id, 5_000));
    said("trace", trace);
    const indexed = said("words indexed a second", await indexAll(reader, indexing));
    await askBy(BY_WORDS);
    const { bytes, index_bytes } = await reader.stats();
    return {
      append: appended,
      indexed,
      queries,
      trace,
      bytes: bytes / raw,
      withText: (bytes + index_bytes) / raw,
    };
  } finally {
    await indexing.close();
    await reader.close();
    await writer.close();
  }
}

const client = await connect(location, "bench");
try {
  console.log(JSON.stringify(await measure()));
} finally {
  await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  await client.end();
}
process.exit(0);
