/**
 * The live stream as the page sees it.
 *
 *   loading ──► live ◄──► lost          loading: the newest events are fetched
 *      ├──────────────────► ▲           live: connected, every event after the last one arrives once
 *      └──► refused                     lost: not connected; tries again from the last position, so there is no gap,
 *                                       or from the newest events where the platform has the last one no more
 *                                       refused: not this filter, or not without signing in: no attempt changes that
 *
 * Events arrive one at a time and reach the screen in batches, eight times a second. A held stream (paused, the
 * reader has scrolled away, or presses a row) keeps the shown rows as they are and counts what came meanwhile. Rows are
 * summaries: the memory does not grow with payloads, and no more than `KEPT` of them stay.
 */
import { doubtsOf, loadContracts } from "../api/contracts.js";
import { ApiError, ask, nonsense, refusal, unreachable } from "../api/http.js";
import { page, type StoredEvent, storedEvent } from "../api/schemas.js";
import { eventStreamParser } from "../api/server-events.js";
import { type EventSummary, summarize } from "./summary.js";

export interface LiveFilter {
  readonly type?: string | undefined;
  readonly source?: string | undefined;
  readonly valid?: "true" | "false" | undefined;
  readonly text?: string | undefined;
}

export interface LiveState {
  readonly status: "loading" | "live" | "lost" | "refused";
  readonly problem: ApiError | undefined;
  /** When the next attempt is made, in milliseconds since the epoch. */
  readonly retryAt: number;
  /** Newest first. */
  readonly rows: readonly EventSummary[];
  /** Arrived while held. */
  readonly waiting: number;
  readonly hasOlder: boolean;
  readonly loadingOlder: boolean;
  /** Messages that were not events as promised. */
  readonly unreadable: number;
}

/** Rows that stay at most. */
export const KEPT = 10_000;
const BATCH_MS = 125;
const SILENCE_MS = 30_000;
const SECONDS = 60;

export interface Pulse {
  /** Events per second, oldest first, the running second last. */
  readonly total: readonly number[];
  readonly invalid: readonly number[];
}

export class LiveStream {
  #filter: LiveFilter;
  #state: LiveState = {
    status: "loading",
    problem: undefined,
    retryAt: 0,
    rows: [],
    waiting: 0,
    hasOlder: false,
    loadingOlder: false,
    unreadable: 0,
  };
  readonly #listeners = new Set<() => void>();
  readonly #abort = new AbortController();
  #waiting: EventSummary[] = [];
  #held = false;
  /** Of the last event that came: where the stream goes on. */
  #position = 0;
  #lastId: string | undefined;
  #cursor: string | undefined;
  #unreadable = 0;
  #flushTimer: ReturnType<typeof setTimeout> | undefined;
  #counts = new Map<number, [number, number]>();
  /** Arrived before their contracts were loaded. */
  #unchecked: StoredEvent[] = [];

  constructor(filter: LiveFilter) {
    this.#filter = filter;
  }

  subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  getState = () => this.#state;

  /** Runs until `stop`. Never throws. */
  start() {
    void this.#run();
    void loadContracts().then(() => this.#checkEarlier());
  }

  stop() {
    this.#abort.abort();
    clearTimeout(this.#flushTimer);
  }

  /** Keeps the shown rows where they are; what arrives is counted. */
  hold(held: boolean) {
    if (this.#held === held) return;
    this.#held = held;
    if (!held) this.#flush();
  }

  pulse(now = Date.now()): Pulse {
    const second = Math.floor(now / 1000);
    const range = Array.from(
      { length: SECONDS },
      (_, i) => this.#counts.get(second - SECONDS + 1 + i) ?? [0, 0],
    );
    return { total: range.map((pair) => pair[0] ?? 0), invalid: range.map((pair) => pair[1] ?? 0) };
  }

  async loadOlder() {
    if (!this.#cursor || this.#state.loadingOlder || this.#state.rows.length >= KEPT) return;
    this.#set({ loadingOlder: true });
    try {
      const older = await ask(page, `/api/v1/events?${this.#query({ limit: "200", cursor: this.#cursor })}`, {
        signal: this.#abort.signal,
      });
      this.#cursor = older.next_cursor ?? undefined;
      const rows = [...this.#state.rows, ...older.events.map(this.#summarize)];
      this.#set({ rows, hasOlder: this.#cursor !== undefined, loadingOlder: false });
    } catch {
      this.#set({ loadingOlder: false });
    }
  }

  #summarize = (event: StoredEvent): EventSummary => {
    const doubts = doubtsOf(event);
    if (doubts === undefined && event.valid && this.#unchecked.length < KEPT) this.#unchecked.push(event);
    return summarize(event, doubts);
  };

  #checkEarlier() {
    const doubtful = new Map<number, EventSummary>();
    for (const event of this.#unchecked.splice(0)) {
      const row = summarize(event, doubtsOf(event));
      if (row.doubtful) doubtful.set(row.position, row);
    }
    if (doubtful.size === 0) return;
    const checked = (row: EventSummary) => doubtful.get(row.position) ?? row;
    this.#waiting = this.#waiting.map(checked);
    this.#set({ rows: this.#state.rows.map(checked) });
  }

  #query(more: Record<string, string>) {
    const query = new URLSearchParams(more);
    for (const [name, value] of Object.entries(this.#filter)) if (value) query.set(name, value);
    return query;
  }

  async #run() {
    let failures = 0;
    let loaded = false;
    while (!this.#abort.signal.aborted) {
      try {
        if (!loaded || !(await this.#hasLast())) {
          await this.#loadNewest();
          loaded = true;
        }
        await this.#follow(() => {
          failures = 0;
        });
        throw new ApiError("ENDED", "The platform closed the stream.", 0, "");
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        if (error instanceof ApiError && (error.status === 400 || error.status === 401)) {
          this.#set({ status: "refused", problem: error });
          return;
        }
        const wait = Math.min(5_000, 500 * 2 ** failures) * (0.75 + Math.random() / 2);
        failures++;
        this.#set({
          status: "lost",
          problem: error instanceof ApiError ? error : unreachable(),
          retryAt: Date.now() + wait,
        });
        await this.#pause(wait);
      }
    }
  }

  /** Waits, but not longer than until the browser says that the network is back. */
  #pause(ms: number) {
    return new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        removeEventListener("online", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      addEventListener("online", done);
      this.#abort.signal.addEventListener("abort", done, { once: true });
    });
  }

  async #loadNewest() {
    const newest = await ask(page, `/api/v1/events?${this.#query({ limit: "200" })}`, {
      signal: this.#abort.signal,
    });
    this.#cursor = newest.next_cursor ?? undefined;
    this.#position = newest.events[0]?.position ?? 0;
    this.#lastId = newest.events[0]?.event_id;
    this.#waiting = [];
    this.#unchecked = [];
    this.#set({ rows: newest.events.map(this.#summarize), waiting: 0, hasOlder: this.#cursor !== undefined });
  }

  /** A store that was emptied or restored meanwhile counts its positions anew: there, nothing would come after ours. */
  async #hasLast(): Promise<boolean> {
    if (this.#lastId === undefined) return true;
    try {
      const last = await ask(storedEvent, `/api/v1/events/${encodeURIComponent(this.#lastId)}`, {
        signal: this.#abort.signal,
      });
      return last.position === this.#position;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return false;
      throw error;
    }
  }

  async #follow(opened: () => void) {
    const silence = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const heard = () => {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
    };
    heard();
    try {
      const response = await fetch(`/api/v1/events/stream?${this.#query({})}`, {
        headers: { accept: "text/event-stream", "last-event-id": String(this.#position) },
        signal: AbortSignal.any([this.#abort.signal, silence.signal]),
      });
      if (!response.ok) throw await refusal(response);
      const kind = response.headers.get("content-type") ?? "";
      if (!kind.startsWith("text/event-stream") || !response.body) throw nonsense("/api/v1/events/stream");
      opened();
      this.#set({ status: "live", problem: undefined });
      const parse = eventStreamParser();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        heard();
        for (const message of parse(value)) this.#take(message.data);
      }
    } finally {
      clearTimeout(timer);
      silence.abort();
    }
  }

  #take(data: string) {
    let parsed: ReturnType<typeof storedEvent.safeParse> | undefined;
    try {
      parsed = storedEvent.safeParse(JSON.parse(data));
    } catch {
      // Counted below.
    }
    if (!parsed?.success) {
      this.#unreadable++;
      this.#scheduleFlush();
      return;
    }
    const event = parsed.data;
    // What a resume sends again has been seen.
    if (event.position <= this.#position) return;
    this.#position = event.position;
    this.#lastId = event.event_id;
    this.#waiting.push(this.#summarize(event));
    const second = Math.floor(Date.now() / 1000);
    const pair = this.#counts.get(second) ?? [0, 0];
    this.#counts.set(second, [pair[0] + 1, pair[1] + (event.valid ? 0 : 1)]);
    if (this.#counts.size > SECONDS * 2) {
      for (const key of this.#counts.keys()) if (key < second - SECONDS) this.#counts.delete(key);
    }
    this.#scheduleFlush();
  }

  #scheduleFlush() {
    this.#flushTimer ??= setTimeout(() => {
      this.#flushTimer = undefined;
      this.#flush();
    }, BATCH_MS);
  }

  #flush() {
    if (this.#waiting.length > KEPT) {
      // Held for so long that not everything fits: the oldest of these are left to the history search.
      this.#waiting = this.#waiting.slice(-KEPT);
    }
    if (this.#held) {
      if (this.#state.waiting !== this.#waiting.length || this.#state.unreadable !== this.#unreadable) {
        this.#set({ waiting: this.#waiting.length, unreadable: this.#unreadable });
      }
      return;
    }
    if (
      this.#waiting.length === 0 &&
      this.#state.waiting === 0 &&
      this.#state.unreadable === this.#unreadable
    )
      return;
    const rows = this.#waiting.reverse().concat(this.#state.rows);
    this.#waiting = [];
    if (rows.length > KEPT) {
      rows.length = KEPT;
      this.#cursor = undefined;
    }
    this.#set({ rows, waiting: 0, unreadable: this.#unreadable, hasOlder: this.#cursor !== undefined });
  }

  #set(change: Partial<LiveState>) {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
