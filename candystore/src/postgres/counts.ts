/** Counts and histograms by SQL, from the index that holds class and receipt; what must be read is found and counted. */
import type pg from "pg";
import type { Counts, Histogram } from "../contract.js";
import type { EventClass } from "../layout/classes.js";
import type { Query } from "../query/filter.js";
import { hasContent, traitsMatcher } from "../query/matches.js";
import { Buckets, Tally } from "../query/tally.js";
import type { EventRow } from "../record/stored-event.js";
import type { PostgresFinder } from "./finder.js";
import type { PostgresKnowledge } from "./knowledge.js";

const BUDGET = 3_000;
const MOST_FOUND = 20_000;

export async function countRows(
  pool: pg.Pool,
  knowledge: PostgresKnowledge,
  finder: PostgresFinder,
  query: Query,
): Promise<Counts> {
  const tally = new Tally();
  if (mustRead(query)) {
    const complete = await walkFound(knowledge, finder, query, (row) => tally.add(row));
    return tally.counts(complete);
  }
  const bounded = [query.since, query.until, query.from, query.to].some((bound) => bound !== undefined);
  const counted = bounded
    ? await grouped(pool, knowledge, query, "0")
    : (
        await pool.query<{ class: number; n: string }>(
          "SELECT class, events AS n FROM classes WHERE events > 0",
        )
      ).rows;
  for (const { class: number, n } of counted) {
    const eventClass = admitted(knowledge, query).get(number);
    if (eventClass !== undefined) tally.add(eventClass, Number(n));
  }
  return tally.counts(true);
}

export async function histogramRows(
  pool: pg.Pool,
  knowledge: PostgresKnowledge,
  finder: PostgresFinder,
  query: Query,
  buckets: number,
): Promise<Histogram> {
  const held = knowledge.blocks.filter(({ counts }) => counts.size > 0);
  const latest = Math.max(0, ...held.map((block) => block.latest));
  const until = query.until ?? (latest === 0 ? Date.now() : latest + 1);
  const since = query.since ?? Math.min(until - 1, ...held.map(({ earliest }) => earliest));
  const counted = new Buckets(since, until, buckets);
  const bounded = { ...query, since, until };
  if (mustRead(query)) {
    const complete = await walkFound(knowledge, finder, bounded, ({ receivedAt, valid }) =>
      counted.add(receivedAt, valid),
    );
    return counted.histogram(complete);
  }
  const interval = Math.max(1, Math.ceil((until - since) / buckets));
  const classes = admitted(knowledge, query);
  for (const row of await grouped(pool, knowledge, bounded, `(received - ${since}) / ${interval}`)) {
    const eventClass = classes.get(row.class);
    if (eventClass !== undefined)
      counted.add(since + Number(row.bucket) * interval, eventClass.valid, Number(row.n));
  }
  return counted.histogram(true);
}

const mustRead = (query: Query): boolean =>
  hasContent(query) || query.correlation !== undefined || query.conversation !== undefined;

const admitted = (knowledge: PostgresKnowledge, query: Query): ReadonlyMap<number, EventClass> =>
  new Map([...knowledge.classes].filter(traitsMatcher(query)).map((found) => [found.class, found]));

async function grouped(pool: pg.Pool, knowledge: PostgresKnowledge, query: Query, bucket: string) {
  const { rows } = await pool.query<{ class: number; bucket: string; n: string }>(
    `SELECT class, ${bucket} AS bucket, count(*) AS n FROM events
     WHERE class = ANY ($1::int[]) AND position BETWEEN $2 AND $3 AND received >= $4 AND received < $5
     GROUP BY 1, 2`,
    [
      [...admitted(knowledge, query).keys()],
      query.from ?? 0,
      Math.min(query.to ?? knowledge.position, knowledge.position),
      query.since ?? 0,
      query.until ?? Number.MAX_SAFE_INTEGER,
    ],
  );
  return rows;
}

async function walkFound(
  knowledge: PostgresKnowledge,
  finder: PostgresFinder,
  query: Query,
  add: (row: EventRow) => void,
): Promise<boolean> {
  const bounds = { from: 1, to: knowledge.position };
  const { resume } = await finder.find(query, bounds, "newest", MOST_FOUND, BUDGET, add);
  return resume === undefined;
}
