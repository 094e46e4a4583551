/**
 * Counts without reading events: blocks know how many of each class they hold. Only blocks that lie across a border in
 * time are looked into. What an event says in itself (text, payload, causes) must be found to be counted.
 */
import type { Counts, Histogram } from "../contract.js";
import type { Block } from "../layout/blocks.js";
import { BLOCK } from "../layout/blocks.js";
import type { EventClass } from "../layout/classes.js";
import type { Query } from "../query/filter.js";
import { hasInner, traitsMatcher } from "../query/matches.js";
import { Buckets, Tally } from "../query/tally.js";
import type { Database, Statement } from "./database.js";
import type { Finder } from "./finder.js";
import type { Knowledge } from "./knowledge.js";
import type { Rows } from "./rows.js";

/** Milliseconds and events after which a count of found events is given up. */
const BUDGET = 2_000;
const MOST_FOUND = 100_000;

type Add = (eventClass: EventClass, receivedAt: number, events: number) => void;

export class Counter {
  readonly #knowledge: Knowledge;
  readonly #finder: Finder;
  readonly #rows: Rows;
  readonly #sketches: Statement;

  constructor(database: Database, knowledge: Knowledge, finder: Finder, rows: Rows) {
    this.#rows = rows;
    this.#knowledge = knowledge;
    this.#finder = finder;
    this.#sketches = database.prepare("SELECT class, received FROM events WHERE position BETWEEN ? AND ?");
  }

  count(query: Query): Counts {
    const tally = new Tally();
    const complete = this.#walk(
      query,
      () => false,
      (eventClass, _receivedAt, events) => tally.add(eventClass, events),
    );
    return tally.counts(complete);
  }

  histogram(query: Query, buckets: number): Histogram {
    const { since, until } = this.#bounds(query);
    const counted = new Buckets(since, until, buckets);
    const across = ({ earliest, latest }: Block) => counted.bucketOf(earliest) !== counted.bucketOf(latest);
    const complete = this.#walk({ ...query, since, until }, across, (eventClass, receivedAt, events) =>
      counted.add(receivedAt, eventClass.valid, events),
    );
    return counted.histogram(complete);
  }

  #walk(query: Query, across: (block: Block) => boolean, add: Add): boolean {
    if (hasInner(query)) return this.#walkFound(query, add);
    const admits = traitsMatcher(query);
    const since = query.since ?? 0;
    const until = query.until ?? Number.MAX_SAFE_INTEGER;
    const admitted = new Map(this.#knowledge.classesWhere(admits).map((found) => [found.class, found]));
    const first = query.from ?? 0;
    const last = query.to ?? Number.MAX_SAFE_INTEGER;
    for (const block of this.#knowledge.blocks) {
      const from = block.block * BLOCK;
      const to = from + BLOCK - 1;
      if (block.latest < since || block.earliest >= until || to < first || from > last) continue;
      const whole = block.earliest >= since && block.latest < until && from >= first && to <= last;
      if (whole && !across(block)) {
        for (const [number, events] of block.counts) {
          const eventClass = admitted.get(number);
          if (eventClass !== undefined) add(eventClass, block.earliest, events);
        }
        continue;
      }
      for (const row of this.#sketches.all(Math.max(from, first), Math.min(to, last)) as {
        class: number;
        received: number;
      }[]) {
        const eventClass = admitted.get(row.class);
        if (eventClass !== undefined && row.received >= since && row.received < until)
          add(eventClass, row.received, 1);
      }
    }
    return true;
  }

  #walkFound(query: Query, add: Add): boolean {
    const bounds = { from: 1, to: this.#knowledge.position };
    const { hits, resume } = this.#finder.find(
      query,
      bounds,
      "newest",
      MOST_FOUND,
      BUDGET,
      this.#rows.asRead,
      ({ row }) => add(row.eventClass, row.receivedAt, 1),
    );
    return hits.length === 0 && resume === undefined;
  }

  #bounds(query: Query): { since: number; until: number } {
    let earliest = Number.MAX_SAFE_INTEGER;
    let latest = 0;
    for (const block of this.#knowledge.blocks) {
      // Of a block that retention emptied these are what they were.
      if (block.counts.size === 0) continue;
      earliest = Math.min(earliest, block.earliest);
      latest = Math.max(latest, block.latest);
    }
    const until = query.until ?? (latest === 0 ? Date.now() : latest + 1);
    return { since: query.since ?? Math.min(earliest, until - 1), until };
  }
}
