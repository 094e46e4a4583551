/** Finds the rows that a query asks for, in order: one index leads, the rest is checked on the rows. */
import { type Range, rangesReceived } from "../layout/blocks.js";
import { CAUSE, CONVERSATION } from "../layout/links.js";
import type { Order } from "../query/cursor.js";
import type { Query } from "../query/filter.js";
import { hasContent, hasTraits, rowMatcher, traitsMatcher, wasReceivedWithin } from "../query/matches.js";
import type { EventRow } from "../record/stored-event.js";
import type { PostgresKnowledge } from "./knowledge.js";
import type { PostgresRows } from "./rows.js";
import type { Candidate, PostgresStreams, Stream } from "./streams.js";

export interface Found {
  readonly rows: readonly EventRow[];
  /** Where the next search begins; absent when there is nothing more. */
  readonly resume: number | undefined;
}

const FEW = 2_000;
const LARGEST_CHUNK = 1_024;

export class PostgresFinder {
  readonly #knowledge: PostgresKnowledge;
  readonly #rows: PostgresRows;
  readonly #streams: PostgresStreams;

  constructor(knowledge: PostgresKnowledge, rows: PostgresRows, streams: PostgresStreams) {
    this.#knowledge = knowledge;
    this.#rows = rows;
    this.#streams = streams;
  }

  /**
   * @param budget milliseconds after which the search stops at the next chance
   * @param visit takes the rows one by one, instead of the list
   */
  async find(
    query: Query,
    bounds: Range,
    order: Order,
    limit: number,
    budget: number,
    visit?: (row: EventRow) => void,
  ): Promise<Found> {
    const until = performance.now() + budget;
    const matches = rowMatcher(query);
    const hits: EventRow[] = [];
    let count = 0;
    const fits = ({ receivedAt }: Candidate) =>
      receivedAt === undefined || wasReceivedWithin(query, receivedAt);
    for (const { range, stream } of await this.#plan(query, bounds, order)) {
      let { from, to } = range;
      let chunk = Math.min(limit + 1, LARGEST_CHUNK);
      while (from <= to) {
        const candidates = await stream({ from, to }, order, chunk);
        const positions = candidates.filter(fits).map(({ position }) => position);
        // One more than is wanted says that there is more. The fewer were hits, the more are read at once.
        for (let at = 0, size = limit + 1; at < positions.length; at += size, size *= 2) {
          const rows = await this.#rows.at(positions.slice(at, at + size));
          for (const row of order === "newest" ? rows.toReversed() : rows) {
            if (!matches(row)) continue;
            if (count++ === limit)
              return { rows: hits, resume: order === "newest" ? row.position + 1 : row.position - 1 };
            if (visit === undefined) hits.push(row);
            else visit(row);
          }
        }
        const last = candidates.at(-1)?.position;
        if (last === undefined || candidates.length < chunk) break;
        if (performance.now() > until) return { rows: hits, resume: last };
        if (order === "newest") to = last - 1;
        else from = last + 1;
        // Where the edge of a block was received at another time, none of it is read, and the next look goes past it.
        chunk = Math.min(chunk * (positions.length === 0 ? 8 : 2), LARGEST_CHUNK);
      }
      if (performance.now() > until)
        return { rows: hits, resume: order === "newest" ? range.from : range.to };
    }
    return { rows: hits, resume: undefined };
  }

  async #plan(
    query: Query,
    bounds: Range,
    order: Order,
  ): Promise<readonly { range: Range; stream: Stream }[]> {
    const classes = hasTraits(query)
      ? new Set([...this.#knowledge.classes].filter(traitsMatcher(query)).map((found) => found.class))
      : undefined;
    if (classes?.size === 0) return [];
    const lead = await this.#lead(query, classes);
    const steps: { range: Range; stream: Stream }[] = [];
    for (const range of this.#ranges(query, bounds)) {
      if (lead !== "search") {
        steps.push({ range, stream: lead });
        continue;
      }
      const { indexed } = this.#knowledge;
      if (range.from <= indexed)
        steps.push({
          range: { from: range.from, to: Math.min(range.to, indexed) },
          stream: this.#streams.withWords(query),
        });
      if (range.to > indexed)
        steps.push({
          range: { from: Math.max(range.from, indexed + 1), to: range.to },
          stream: this.#byClass(classes),
        });
    }
    return order === "newest" ? steps.reverse() : steps;
  }

  async #lead(query: Query, classes: ReadonlySet<number> | undefined): Promise<Stream | "search"> {
    if (query.correlation !== undefined) return this.#streams.linkedTo(query.correlation, CAUSE);
    if (query.conversation !== undefined) return this.#conversation(query.conversation);
    const few = classes !== undefined && this.#knowledge.countOf(classes) <= FEW;
    return hasContent(query) && !few ? "search" : this.#byClass(classes);
  }

  #byClass(classes: ReadonlySet<number> | undefined): Stream {
    if (classes === undefined) return this.#streams.everything();
    const share = this.#knowledge.countOf(classes) / Math.max(1, this.#knowledge.position);
    return share > 0.5 ? this.#streams.everything() : this.#streams.ofClasses([...classes]);
  }

  /** The conversation's first event has no link to itself. */
  async #conversation(id: string): Promise<Stream> {
    const [first] = await this.#rows.withIds([id]);
    const linked = this.#streams.linkedTo(id, CONVERSATION);
    return async (range, order, count) => {
      const found = await linked(range, order, count);
      if (first === undefined || first.position < range.from || first.position > range.to) return found;
      const sign = order === "newest" ? -1 : 1;
      const all = [...found, { position: first.position }].sort((a, b) => sign * (a.position - b.position));
      return all.slice(0, count);
    };
  }

  #ranges(query: Query, whole: Range): readonly Range[] {
    const from = Math.max(whole.from, query.from ?? 0);
    const to = Math.min(whole.to, query.to ?? Number.MAX_SAFE_INTEGER);
    const ranges =
      query.since === undefined && query.until === undefined
        ? [{ from, to }]
        : rangesReceived(this.#knowledge.blocks, query.since ?? 0, query.until ?? Number.MAX_SAFE_INTEGER);
    return ranges
      .map((range) => ({ from: Math.max(range.from, from), to: Math.min(range.to, to) }))
      .filter((range) => range.from <= range.to);
  }
}
