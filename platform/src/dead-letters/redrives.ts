/**
 * Redrives that take their time: a rate, a progress to watch, a pause, an end before the end.
 *
 *   running ◄──► paused          running: letters go back, `rate` a second at most
 *      │            │            paused: nothing is held, the rest lies in its dead-letter queue
 *      ▼            ▼
 *   finished     cancelled       finished: each letter was sent or is in `failed`; `error` where the walk broke off
 *
 * Which letters are meant is fixed when it starts, so one that dies again meanwhile is not sent twice. They are kept
 * in memory: a platform that ends ends them as a cancel does, and no letter is lost by it.
 */
import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import type { DeadLetters, LetterFilter } from "@33god/bloodbank";
import { messageOf } from "../errors.js";

/** Letters that one redrive takes at most. */
const MOST = 10_000;
/** Milliseconds that a slow one keeps a queue for itself: others want to look into it too. */
const TURN = 4_000;
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

type Letters = Pick<DeadLetters, "list" | "redrive">;

class Running {
  readonly #letters: Letters;
  readonly #order: RedriveOrder;
  readonly #ids: readonly string[];
  /** How many of them had their turn. */
  #at = 0;
  #stop = new AbortController();
  #work: Promise<void> | undefined;
  state: Redrive;

  constructor(letters: Letters, order: RedriveOrder, ids: readonly string[], state: Redrive) {
    this.#letters = letters;
    this.#order = order;
    this.#ids = ids;
    this.state = state;
  }

  get ended(): boolean {
    return this.state.state !== "running" && this.state.state !== "paused";
  }

  run(): void {
    this.#stop = new AbortController();
    this.state = { ...this.state, state: "running" };
    this.#work = this.#redrive(this.#stop.signal);
  }

  async halt(state: "paused" | "cancelled"): Promise<void> {
    this.state = { ...this.state, state, ...(state === "cancelled" && ending()) };
    this.#stop.abort();
    await this.#work;
  }

  async #redrive(signal: AbortSignal): Promise<void> {
    const { rate } = this.#order;
    const size = rate === undefined ? MOST : Math.max(1, Math.ceil((rate * TURN) / 1_000));
    try {
      while (this.#at < this.#ids.length && !signal.aborted) {
        const ids = this.#ids.slice(this.#at, this.#at + size);
        const handled = await this.#some(ids, signal);
        this.#at += handled;
        if (rate !== undefined && this.#at < this.#ids.length) await pause(1_000 / rate, signal);
      }
      if (!signal.aborted) this.state = { ...this.state, ...ending(), state: "finished" };
    } catch (error) {
      if (!this.ended) this.state = { ...this.state, ...ending(), state: "failed", error: messageOf(error) };
    }
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
  readonly #all = new Map<string, Running>();

  /** @param stopping aborted when the platform begins to stop: all of them end */
  constructor(letters: Letters, stopping: AbortSignal) {
    this.#letters = letters;
    stopping.addEventListener("abort", () => {
      for (const one of this.#all.values()) if (!one.ended) void one.halt("cancelled");
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
    const one = new Running(this.#letters, order, ids, state);
    this.#all.set(state.redrive_id, one);
    for (const [id, { ended }] of this.#all) if (ended && this.#all.size > KEPT) this.#all.delete(id);
    one.run();
    return one.state;
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
