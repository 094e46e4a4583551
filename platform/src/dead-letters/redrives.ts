/**
 * Redrives that take their time: a rate, a progress to watch, a pause, an end before the end.
 *
 *   running ◄──► paused          running: letters go back, `rate` a second at most
 *      │            │            paused: nothing is held, the rest lies in its dead-letter queue
 *      ▼            ▼
 *   finished     cancelled       finished: each letter was sent or is in `failed`; `error` where the walk broke off
 *
 * Which letters are meant is fixed when it starts, so one that dies again meanwhile is not sent twice. That is kept in
 * a file: a platform that ends, however it ends, goes on when it starts again. What is left to do need not be written
 * down: it is what still lies there. A kill may send the letters that were on their way twice, with the same event ids,
 * and without the act's event; their copies say in `x-redrives` that they were redriven.
 */
import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import type { DeadLetters, LetterFilter } from "@33god/bloodbank";
import { messageOf } from "../errors.js";
import type { Log } from "../log/log.js";
import type { RedriveFiles } from "./redrive-files.js";

/** Letters that one redrive takes at most. */
const MOST = 10_000;
/** Letters of one act's event; a kill leaves no more than these without one. */
const STEP = 1_000;
/** Milliseconds that a slow one keeps a queue for itself: others want to look into it too. */
const TURN = 4_000;
/** Milliseconds between two looks whether the broker is there. */
const LOOK = 250;
/** Ended ones that are remembered. */
const KEPT = 50;

export interface RedriveOrder {
  readonly filter: LetterFilter;
  readonly actor: string;
  readonly reason?: string;
  /** Letters a second at most. */
  readonly rate?: number;
}

export interface Redrive {
  readonly redrive_id: string;
  readonly state: "running" | "paused" | "finished" | "cancelled" | "failed";
  readonly queues: readonly string[];
  readonly event_types: readonly string[];
  readonly total: number;
  readonly done: number;
  readonly failed: readonly { readonly id: string; readonly reason: string }[];
  readonly rate?: number;
  readonly actor: string;
  readonly reason?: string;
  readonly created_at: string;
  readonly finished_at?: string;
  readonly error?: string;
}

/** As it is written down. */
export interface KeptRedrive {
  readonly order: RedriveOrder;
  /** The letters that are meant; none any more when it has ended. */
  readonly ids: readonly string[];
  readonly state: Redrive;
}

type Letters = Pick<DeadLetters, "connected" | "list" | "redrive">;

class Running {
  readonly #letters: Letters;
  readonly #order: RedriveOrder;
  readonly #save: (one: KeptRedrive) => void;
  #ids: readonly string[];
  /** How many of them had their turn. */
  #at = 0;
  #stop = new AbortController();
  #work: Promise<void> | undefined;
  /** Read from a file: some of its letters were sent since that was written. */
  #unsure: boolean;
  state: Redrive;

  constructor(
    letters: Letters,
    { order, ids, state }: KeptRedrive,
    save: (one: KeptRedrive) => void,
    unsure: boolean,
  ) {
    this.#letters = letters;
    this.#order = order;
    this.#ids = ids;
    this.#save = save;
    this.#unsure = unsure;
    this.state = state;
  }

  get ended(): boolean {
    return this.state.state !== "running" && this.state.state !== "paused";
  }

  get #tried(): number {
    return this.state.done + this.state.failed.length;
  }

  run(): void {
    this.#change({ state: "running" });
    this.#begin((signal) => this.#redrive(signal));
  }

  /** After a restart: one that ran goes on with what still lies there, as soon as the broker is. */
  goOn(): void {
    if (this.state.state !== "running") return;
    this.#begin(async (signal) => {
      while (!this.#letters.connected && !signal.aborted) await pause(LOOK, signal);
      if (!signal.aborted) await this.#redrive(signal);
    });
  }

  async halt(state: "paused" | "cancelled"): Promise<void> {
    this.#change({ state, ...(state === "cancelled" && ending()) });
    await this.stop();
    this.#change({});
  }

  /** Sends no more, and stays as it is for the next start. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#work;
  }

  #begin(work: (signal: AbortSignal) => Promise<void>): void {
    this.#stop = new AbortController();
    this.#work = work(this.#stop.signal);
  }

  #change(change: Partial<Redrive>): void {
    this.state = { ...this.state, ...change };
    if (this.ended) this.#ids = [];
    this.#save({ order: this.#order, ids: this.#ids, state: this.state });
  }

  async #redrive(signal: AbortSignal): Promise<void> {
    const { rate } = this.#order;
    const size = Math.min(STEP, rate === undefined ? STEP : Math.max(1, Math.ceil((rate * TURN) / 1_000)));
    try {
      if (this.#unsure) await this.#lookWhatIsLeft();
      while (this.#at < this.#ids.length && !signal.aborted) {
        const ids = this.#ids.slice(this.#at, this.#at + size);
        const before = this.#tried;
        this.#at += await this.#some(ids, signal);
        // Nothing is waited for after letters that had gone: those that were on their way when it was halted.
        if (rate !== undefined && this.#tried > before && this.#at < this.#ids.length)
          await pause(1_000 / rate, signal);
      }
      if (!signal.aborted) this.#change({ ...ending(), state: "finished" });
    } catch (error) {
      if (!signal.aborted && !this.ended)
        this.#change({ ...ending(), state: "failed", error: messageOf(error) });
    }
  }

  /** What no longer lies there was sent, or an operator dealt with it otherwise. What failed once is tried again. */
  async #lookWhatIsLeft(): Promise<void> {
    const { dead_letters } = await this.#letters.list({ ids: this.#ids }, MOST);
    this.#ids = dead_letters.map(({ id }) => id);
    this.#unsure = false;
    this.state = { ...this.state, done: this.state.total - this.#ids.length, failed: [] };
  }

  /** How many of these had their turn: all, unless it was halted. Letters that are gone had it elsewhere. */
  async #some(ids: readonly string[], signal: AbortSignal): Promise<number> {
    const { actor, reason, rate } = this.#order;
    const { done } = this.state;
    const { count, failed } = await this.#letters.redrive(
      { ids },
      {
        actor,
        signal,
        ...(reason !== undefined && { reason }),
        ...(rate !== undefined && { rate }),
        onProgress: (progress) => {
          this.state = { ...this.state, done: done + progress.done };
        },
      },
    );
    this.state = { ...this.state, done: done + count, failed: [...this.state.failed, ...failed] };
    return signal.aborted ? 0 : ids.length;
  }
}

/** Resolves early, without an error, where it is halted. */
const pause = (ms: number, signal: AbortSignal) =>
  setTimeout(ms, undefined, { signal }).catch(() => undefined);

const ending = () => ({ finished_at: new Date().toISOString() });

export class Redrives {
  readonly #letters: Letters;
  readonly #files: RedriveFiles;
  readonly #log: Log;
  readonly #all = new Map<string, Running>();

  /**
   * Goes on with those that the platform's end broke off.
   *
   * @param stopping aborted when the platform begins to stop
   */
  constructor(letters: Letters, files: RedriveFiles, stopping: AbortSignal, log: Log) {
    this.#letters = letters;
    this.#files = files;
    this.#log = log;
    for (const kept of files.read()) this.#add(kept, true).goOn();
    stopping.addEventListener("abort", () => {
      for (const one of this.#all.values()) void one.stop();
    });
  }

  /** Newest first. */
  list(): readonly Redrive[] {
    return [...this.#all.values()].map(({ state }) => state).reverse();
  }

  /** Takes the letters that agree with the filter now, 10,000 at most, and begins. */
  async start(order: RedriveOrder): Promise<Redrive> {
    const { dead_letters } = await this.#letters.list(order.filter, MOST);
    const { actor, reason, rate } = order;
    const state: Redrive = {
      redrive_id: randomUUID(),
      state: "running",
      queues: [...new Set(dead_letters.map(({ queue }) => queue))],
      event_types: [...new Set(dead_letters.map(({ event_type }) => event_type))],
      total: dead_letters.length,
      done: 0,
      failed: [],
      ...(rate !== undefined && { rate }),
      actor,
      ...(reason !== undefined && { reason }),
      created_at: new Date().toISOString(),
    };
    const ids = dead_letters.map(({ id }) => id);
    // It begins once it is on disk: from then on it is not forgotten.
    this.#files.write({ order, ids, state });
    const one = this.#add({ order, ids, state }, false);
    for (const [id, { ended }] of this.#all)
      if (ended && this.#all.size > KEPT) {
        this.#all.delete(id);
        this.#files.remove(id);
      }
    one.run();
    return one.state;
  }

  #add(kept: KeptRedrive, unsure: boolean): Running {
    const one = new Running(this.#letters, kept, (changed) => this.#save(changed), unsure);
    this.#all.set(kept.state.redrive_id, one);
    return one;
  }

  /** On a full disk the file is older than what it tells of: a restart goes on, and finds less that lies there. */
  #save(changed: KeptRedrive): void {
    try {
      this.#files.write(changed);
    } catch (error) {
      this.#log("warn", `a redrive's state cannot be written: ${messageOf(error)}`);
    }
  }

  /** `undefined` for an unknown one; one that has ended stays as it is. */
  async act(id: string, what: "pause" | "resume" | "cancel"): Promise<Redrive | undefined> {
    const one = this.#all.get(id);
    if (one === undefined || one.ended) return one?.state;
    if (what === "resume") {
      if (one.state.state === "paused") one.run();
    } else await one.halt(what === "pause" ? "paused" : "cancelled");
    return one.state;
  }
}
