/**
 * Keeps the replays and has them sent, one after another.
 *
 *   create ─▶ running ─ all confirmed ─▶ finished
 *               │  ▲ └─ the broker or the store fails ─▶ failed ─ resume ─▶ running
 *         pause ▼  │ resume
 *             paused ─ cancel ─▶ cancelled          (cancel from running, too)
 *
 * The state is saved with each change, and now and then while it runs: a restart goes on from there.
 */
import { randomUUID } from "node:crypto";
import type { EventStore } from "../contract.js";
import { StoreError } from "../errors.js";
import { Thread } from "../thread/calls.js";
import type { ReplayMethods, ReplayThreadData } from "../thread/replay-thread.js";
import type {
  ReplayPreview,
  ReplayRecord,
  ReplayRequest,
  ReplaySelection,
  ReplayState,
  Replays,
} from "./contract.js";
import { checkQueue } from "./queue.js";
import { checkRequest, filterOf, preview, tracePositions } from "./select.js";
import type { ReplaysOptions } from "./start-replays.js";

const SAVE_EVERY = 1_000;

export class ReplayDesk implements Replays {
  readonly #options: ReplaysOptions;
  readonly #store: EventStore;
  readonly #records = new Map<string, ReplayRecord>();
  readonly #listeners = new Set<(record: ReplayRecord) => void>();
  #thread: Thread<ReplayMethods> | undefined;
  #active: string | undefined;
  #wanted: "pause" | "cancel" | undefined;
  #settledActive: Promise<void> = Promise.resolve();
  #savedAt = 0;
  #closing = false;

  constructor(options: ReplaysOptions) {
    this.#options = options;
    this.#store = options.store;
  }

  async open(): Promise<void> {
    for (const record of await this.#store.replays.list()) this.#records.set(record.replay_id, record);
    this.#sendNext();
  }

  async preview(select: ReplaySelection): Promise<ReplayPreview> {
    checkRequest({ select });
    return preview(this.#store, select, await this.#store.position());
  }

  async create(request: ReplayRequest): Promise<ReplayRecord> {
    checkRequest(request);
    if (request.queue !== undefined) await checkQueue(this.#options.bus, request.queue);
    const until = await this.#store.position();
    const { total } = await preview(this.#store, request.select, until);
    const now = new Date().toISOString();
    const record = await this.#change({
      replay_id: randomUUID(),
      request,
      state: "running",
      total,
      sent: 0,
      unrouted: 0,
      refused: 0,
      position: Math.max(0, (request.select.from_position ?? 1) - 1),
      until_position: until,
      created_at: now,
      updated_at: now,
    });
    this.#sendNext();
    return record;
  }

  async list(): Promise<readonly ReplayRecord[]> {
    return [...this.#records.values()].sort((a, b) => (a.created_at < b.created_at ? 1 : -1));
  }

  async get(replayId: string): Promise<ReplayRecord> {
    const record = this.#records.get(replayId);
    if (record === undefined) throw new StoreError("UNKNOWN_REPLAY", `There is no replay ${replayId}.`);
    return record;
  }

  pause(replayId: string): Promise<ReplayRecord> {
    return this.#halt(replayId, "pause", ["running"]);
  }

  cancel(replayId: string): Promise<ReplayRecord> {
    return this.#halt(replayId, "cancel", ["running", "paused", "failed"]);
  }

  async resume(replayId: string): Promise<ReplayRecord> {
    const { error: _, ...record } = await this.#in(replayId, "resume", ["paused", "failed"]);
    const resumed = await this.#change({ ...record, state: "running" });
    this.#sendNext();
    return resumed;
  }

  async settled(replayId: string): Promise<ReplayRecord> {
    const record = await this.get(replayId);
    if (isSettled(record.state)) return record;
    return new Promise((resolve) => {
      const stop = this.onChange((changed) => {
        if (changed.replay_id !== replayId || !isSettled(changed.state)) return;
        stop();
        resolve(changed);
      });
    });
  }

  onChange(listener: (record: ReplayRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#thread?.call("stop").catch(() => undefined);
    await this.#settledActive;
    await this.#thread?.close();
  }

  async #in(replayId: string, act: string, states: readonly ReplayState[]): Promise<ReplayRecord> {
    const record = await this.get(replayId);
    if (!states.includes(record.state))
      throw new StoreError("REPLAY_STATE", `A replay that is ${record.state} cannot be made to ${act}.`);
    return record;
  }

  async #halt(
    replayId: string,
    act: "pause" | "cancel",
    states: readonly ReplayState[],
  ): Promise<ReplayRecord> {
    const record = await this.#in(replayId, act, states);
    if (this.#active === replayId) {
      this.#wanted = act;
      await this.#thread?.call("stop");
      await this.#settledActive;
      return this.get(replayId);
    }
    return this.#change(act === "pause" ? { ...record, state: "paused" } : ended(record, "cancelled"));
  }

  /** The oldest that is to run and does not. */
  #sendNext(): void {
    if (this.#active !== undefined || this.#closing) return;
    const next = [...this.#records.values()]
      .filter(({ state }) => state === "running")
      .sort((a, b) => (a.created_at < b.created_at ? -1 : 1))[0];
    if (next === undefined) return;
    this.#active = next.replay_id;
    this.#wanted = undefined;
    this.#settledActive = this.#send(next).finally(() => {
      this.#active = undefined;
      this.#sendNext();
    });
  }

  async #send(record: ReplayRecord): Promise<void> {
    try {
      const { replay_id: replayId, request, position, sent, unrouted, refused } = record;
      const { trace } = request.select;
      const positions = trace === undefined ? undefined : await tracePositions(this.#store, trace);
      this.#thread ??= this.#newThread();
      await this.#thread.ready();
      // Halted before it began: the thread had nothing to stop, and must not begin now.
      if (this.#wanted !== undefined || this.#closing) return await this.#halted(record);
      const { finished, progress } = await this.#thread.call("run", {
        replayId,
        request,
        filter: filterOf(request.select, record.until_position),
        ...(positions && { positions }),
        from: { position, sent, unrouted, refused },
      });
      const now = { ...this.#records.get(replayId)!, ...progress };
      if (finished) await this.#change(ended(now, "finished"));
      else await this.#halted(now);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#options.log?.("error", `replay ${record.replay_id} failed: ${message}`);
      const now = this.#records.get(record.replay_id)!;
      await this.#change({ ...now, state: "failed", error: message }).catch(() => undefined);
    }
  }

  async #halted(now: ReplayRecord): Promise<void> {
    if (this.#wanted === "cancel") await this.#change(ended(now, "cancelled"));
    else if (this.#wanted === "pause") await this.#change({ ...now, state: "paused" });
    else await this.#change(now);
  }

  #newThread(): Thread<ReplayMethods> {
    const data: ReplayThreadData = { location: this.#store.location, bus: this.#options.bus };
    return new Thread("replay", data, {
      notice: (notice) => {
        if (notice.notice === "progress") this.#progressed(notice.values);
        else if (notice.notice === "log") this.#options.log?.(notice.level, notice.message, notice.fields);
      },
      end: () => {
        this.#thread = undefined;
      },
    });
  }

  #progressed([position = 0, sent = 0, unrouted = 0, refused = 0]: readonly number[]): void {
    const record = this.#active === undefined ? undefined : this.#records.get(this.#active);
    if (record === undefined) return;
    const progressed = { ...record, position, sent, unrouted, refused };
    this.#records.set(record.replay_id, progressed);
    if (Date.now() - this.#savedAt < SAVE_EVERY) return;
    this.#savedAt = Date.now();
    this.#change(progressed).catch(() => undefined);
  }

  async #change(record: ReplayRecord): Promise<ReplayRecord> {
    const changed = { ...record, updated_at: new Date().toISOString() };
    this.#records.set(changed.replay_id, changed);
    await this.#store.replays.save(changed);
    for (const listener of this.#listeners) listener(changed);
    return changed;
  }
}

const isSettled = (state: ReplayState): boolean =>
  state === "finished" || state === "cancelled" || state === "failed";

const ended = (record: ReplayRecord, state: "finished" | "cancelled"): ReplayRecord => ({
  ...record,
  state,
  finished_at: new Date().toISOString(),
});
