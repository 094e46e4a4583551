/** Adding up events into counts and histograms. */
import type { Counts, Histogram } from "../contract.js";

export interface Tallied {
  readonly type: string;
  readonly app: string;
  readonly valid: boolean;
}

export class Tally {
  #total = 0;
  #invalid = 0;
  readonly #types = new Map<string, number>();
  readonly #sources = new Map<string, number>();

  add({ type, app, valid }: Tallied, events = 1): void {
    this.#total += events;
    if (!valid) this.#invalid += events;
    this.#types.set(type, (this.#types.get(type) ?? 0) + events);
    this.#sources.set(app, (this.#sources.get(app) ?? 0) + events);
  }

  counts(complete: boolean): Counts {
    const sorted = (map: ReadonlyMap<string, number>) =>
      [...map].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    return {
      total: this.#total,
      invalid: this.#invalid,
      complete,
      by_type: sorted(this.#types).map(([event_type, count]) => ({ event_type, count })),
      by_source: sorted(this.#sources).map(([source_app, count]) => ({ source_app, count })),
    };
  }
}

export class Buckets {
  readonly #since: number;
  readonly #interval: number;
  readonly #counts: { count: number; invalid: number }[];

  /** `until` is exclusive; the interval is rounded up to whole milliseconds. */
  constructor(since: number, until: number, buckets: number) {
    this.#since = since;
    this.#interval = Math.max(1, Math.ceil((until - since) / buckets));
    this.#counts = Array.from({ length: buckets }, () => ({ count: 0, invalid: 0 }));
  }

  /** Undefined: outside. */
  bucketOf(receivedAt: number): number | undefined {
    const bucket = Math.floor((receivedAt - this.#since) / this.#interval);
    return bucket >= 0 && bucket < this.#counts.length ? bucket : undefined;
  }

  add(receivedAt: number, valid: boolean, events = 1): void {
    const bucket = this.bucketOf(receivedAt);
    if (bucket === undefined) return;
    const counted = this.#counts[bucket]!;
    counted.count += events;
    if (!valid) counted.invalid += events;
  }

  histogram(complete: boolean): Histogram {
    return {
      interval_ms: this.#interval,
      complete,
      buckets: this.#counts.map(({ count, invalid }, i) => ({
        from: new Date(this.#since + i * this.#interval).toISOString(),
        count,
        invalid,
      })),
    };
  }
}
