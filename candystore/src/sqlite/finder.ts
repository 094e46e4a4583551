/**
 * Finds the positions that a query asks for, in order.
 *
 * One index leads, the one that promises the fewest candidates; everything else is checked on what it gives. The
 * search index lags behind: positions after its progress are read one by one, so results are always complete.
 * A search that takes longer than its budget stops where it is: the page comes short, and its cursor goes on.
 */

import type { Range } from "../layout/blocks.js";
import { CAUSE, CONVERSATION } from "../layout/links.js";
import type { Order } from "../query/cursor.js";
import type { Query } from "../query/filter.js";
import { isIndexed } from "../query/index-words.js";
import {
  hasContent,
  hasInner,
  hasTraits,
  matchesContent,
  matchesConversation,
  traitsMatcher,
  wasReceivedWithin,
} from "../query/matches.js";
import type { EventFacts } from "../record/stored-event.js";
import type { Knowledge } from "./knowledge.js";
import { MOST_READ, type Rows } from "./rows.js";
import type { SearchIndex } from "./search-index.js";
import type { PositionStream, Streams } from "./streams.js";

/** Gives the events at some positions, as far as they are wanted, in this order. */
export interface Source<H> {
  read(positions: readonly number[]): readonly H[];
  rowOf(hit: H): EventFacts;
  /** What it says; asked only where the query is for that. */
  eventOf(hit: H): unknown;
}

export interface Found<H> {
  readonly hits: readonly H[];
  /** Where the next search begins; absent when there is nothing more. */
  readonly resume: number | undefined;
}

/** A part of the positions, and what leads through it. */
interface Step {
  readonly range: Range;
  readonly stream: PositionStream;
  /** It gives only what has the class and the time of receipt that were asked for. */
  readonly sure: boolean;
  /** What its events say need not be looked into. */
  readonly exact: boolean;
}

/** So few events of a class are read through sooner than the search index is asked. */
const FEW = 2_000;
const CHUNK = 64;
const LARGEST_CHUNK = 1_024;

export class Finder {
  readonly #knowledge: Knowledge;
  readonly #rows: Rows;
  readonly #streams: Streams;
  readonly #index: SearchIndex;

  constructor(knowledge: Knowledge, rows: Rows, streams: Streams, index: SearchIndex) {
    this.#knowledge = knowledge;
    this.#rows = rows;
    this.#streams = streams;
    this.#index = index;
  }

  /**
   * @param bounds positions to look in
   * @param budget milliseconds after which the search stops at the next chance
   * @param visit takes the hits one by one, instead of the list
   */
  find<H>(
    query: Query,
    bounds: Range,
    order: Order,
    limit: number,
    budget: number,
    source: Source<H>,
    visit?: (hit: H) => void,
  ): Found<H> {
    const test = this.#classTest(query);
    if (test?.size === 0) return { hits: [], resume: undefined };
    const until = performance.now() + budget;
    const hits: H[] = [];
    let count = 0;
    let missed = 0;
    for (const { range, stream, sure, exact } of this.#plan(query, test, bounds, order)) {
      // Then what stands at a position need not be read to know that it is a hit.
      const certain = sure && !hasInner(query);
      let { from, to } = range;
      let chunk = Math.max(CHUNK, limit + 1);
      while (from <= to) {
        const positions = stream({ from, to }, order, chunk);
        for (let at = 0; at < positions.length; ) {
          const wanted = limit - count;
          if (certain && wanted === 0) return { hits, resume: stepBack(positions[at]!, order) };
          // One more than is wanted says that there is more. The fewer are hits, the more are read at once.
          const size = Math.min(MOST_READ, certain ? wanted : wanted + 1 + missed);
          const some = positions.slice(at, at + size);
          const fitting = sure ? some : some.filter((position) => this.#fits(query, test, position));
          const before = count;
          for (const hit of source.read(fitting)) {
            if (!exact && !isHit(query, hit, source)) continue;
            if (count++ === limit) return { hits, resume: stepBack(source.rowOf(hit).position, order) };
            if (visit === undefined) hits.push(hit);
            else visit(hit);
          }
          missed += some.length - (count - before);
          if (performance.now() > until) return { hits, resume: some.at(-1) };
          at += some.length;
        }
        const last = positions.at(-1);
        if (last === undefined || positions.length < chunk) break;
        if (order === "newest") to = last - 1;
        else from = last + 1;
        chunk = Math.min(chunk * 2, LARGEST_CHUNK);
      }
      if (performance.now() > until) return { hits, resume: order === "newest" ? range.from : range.to };
    }
    return { hits, resume: undefined };
  }

  /** The classes that the query admits; undefined: all. */
  #classTest(query: Query): ReadonlySet<number> | undefined {
    if (!hasTraits(query)) return undefined;
    return new Set(this.#knowledge.classesWhere(traitsMatcher(query)).map((found) => found.class));
  }

  /** Whether class and receipt are as the query says: the body stays where it is. */
  #fits(query: Query, classes: ReadonlySet<number> | undefined, position: number): boolean {
    if (classes === undefined && query.since === undefined && query.until === undefined) return true;
    const sketch = this.#rows.sketch(position);
    if (sketch === undefined || (classes !== undefined && !classes.has(sketch.class))) return false;
    return wasReceivedWithin(query, sketch.received);
  }

  #plan(
    query: Query,
    classes: ReadonlySet<number> | undefined,
    bounds: Range,
    order: Order,
  ): readonly Step[] {
    const byClass = this.#knowledge.streamOf({ classes, since: query.since, until: query.until });
    const lead = this.#lead(query, classes);
    const steps: Step[] = [];
    for (const range of this.#ranges(query, bounds)) {
      if (lead !== "search") {
        steps.push({ range, stream: lead ?? byClass, sure: lead === undefined, exact: false });
        continue;
      }
      const { progress } = this.#index;
      if (range.from <= progress)
        steps.push({
          range: { from: range.from, to: Math.min(range.to, progress) },
          stream: (part, by, count) => this.#index.search(query, part, by, count),
          sure: false,
          exact: isIndexed(query),
        });
      if (range.to > progress)
        steps.push({
          range: { from: Math.max(range.from, progress + 1), to: range.to },
          stream: byClass,
          sure: true,
          exact: false,
        });
    }
    return order === "newest" ? steps.reverse() : steps;
  }

  /** Undefined: class and time of receipt lead. */
  #lead(query: Query, classes: ReadonlySet<number> | undefined): PositionStream | "search" | undefined {
    if (query.correlation !== undefined) return this.#streams.linkedTo(query.correlation, CAUSE);
    if (query.conversation !== undefined) return this.#conversation(query.conversation);
    const few = classes !== undefined && this.#knowledge.countOf(classes) <= FEW;
    return hasContent(query) && !few ? "search" : undefined;
  }

  /** The conversation's first event has no link to itself. */
  #conversation(id: string): PositionStream {
    const linked = this.#streams.linkedTo(id, CONVERSATION);
    return ({ from, to }, order, count) => {
      const first = this.#rows.withId(id)?.position;
      const positions = linked({ from, to }, order, count);
      if (first === undefined || first < from || first > to) return positions;
      const all = [...positions, first].sort((a, b) => (order === "newest" ? b - a : a - b));
      return all.slice(0, count);
    };
  }

  #ranges(query: Query, whole: Range): readonly Range[] {
    const bounds = {
      from: Math.max(whole.from, query.from ?? 0),
      to: Math.min(whole.to, query.to ?? Number.MAX_SAFE_INTEGER),
    };
    if (query.since === undefined && query.until === undefined) return [bounds];
    return this.#knowledge
      .rangesReceived(query.since ?? 0, query.until ?? Number.MAX_SAFE_INTEGER)
      .map(({ from, to }) => ({ from: Math.max(from, bounds.from), to: Math.min(to, bounds.to) }))
      .filter(({ from, to }) => from <= to);
  }
}

/** Causes are not asked again: their index leads, and says exactly which events name them. */
const isHit = <H>(query: Query, hit: H, source: Source<H>): boolean =>
  matchesConversation(query, source.rowOf(hit)) &&
  (!hasContent(query) || matchesContent(query, source.rowOf(hit), source.eventOf(hit)));

/** The position before one that is to be found again. */
export const stepBack = (position: number, order: Order): number =>
  order === "newest" ? position + 1 : position - 1;
