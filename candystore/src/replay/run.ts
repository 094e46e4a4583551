/**
 * One replay on its way, in a thread of its own: reads rows, sends them, and knows up to where all is confirmed.
 *
 * Events go out in their order, some hundred at a time; the position moves when a whole group is confirmed. After a
 * crash the last groups may be sent again, with the same event ids.
 */
import { PublishRefused, type RawPublisher } from "@33god/bloodbank";
import { Portion } from "../engine/portion.js";
import { decodeFacts } from "../record/facts.js";
import type { EventRow } from "../record/stored-event.js";
import type { ReplayRequest } from "./contract.js";
import { Pace } from "./pace.js";
import { WaitingRoom } from "./waiting-room.js";

export interface Progress {
  readonly position: number;
  readonly sent: number;
  readonly unrouted: number;
  readonly refused: number;
}

export interface RunParts {
  readonly replayId: string;
  readonly request: ReplayRequest;
  readonly exchange: string;
  readonly publisher: RawPublisher;
  /** The next rows after a position, and up to where was looked; the position itself: no more. */
  readonly next: (
    after: number,
    limit: number,
  ) => Promise<{ readonly rows: readonly EventRow[]; readonly examined: number }>;
  readonly report: (progress: Progress) => void;
  /** Messages that wait in the queue that it goes to; undefined: nobody can tell. */
  readonly waiting: () => Promise<number | undefined>;
}

const GROUP = 1_000;
/** Messages that may wait in the queue, where the request does not say. */
const MOST_WAITING = 10_000;
/** Bytes that a group is meant to have: of large events it takes fewer. */
const GROUP_BYTES = 4 * 1024 * 1024;
/** Groups that wait for their confirms at once. */
const GROUPS = 8;
const DROPPED_HEADERS = [
  "x-death",
  "CC",
  "BCC",
  "x-first-death-queue",
  "x-first-death-reason",
  "x-first-death-exchange",
];

export class ReplayRun {
  readonly #parts: RunParts;
  readonly #stop = new AbortController();
  #underWay = 0;
  #failure: Error | undefined;
  #progress: Progress;

  constructor(parts: RunParts, from: Progress) {
    this.#parts = parts;
    this.#progress = from;
  }

  get progress(): Progress {
    return this.#progress;
  }

  /** Sends no more; `run` resolves when what is on its way is confirmed. */
  stop(): void {
    this.#stop.abort();
  }

  /** True when everything was sent, false when it was stopped. */
  async run(): Promise<boolean> {
    const { request, next } = this.#parts;
    const pace = new Pace(request.speed, request.rate);
    const room = this.#waitingRoom();
    const most = Math.max(1, Math.min(GROUP, Math.ceil((request.rate ?? Number.MAX_SAFE_INTEGER) / 4)));
    const underWay: Promise<void>[] = [];
    const portion = new Portion({ most, bytes: GROUP_BYTES, first: 50 });
    let after = this.#progress.position;
    try {
      while (!this.#stop.signal.aborted) {
        const { rows, examined } = await next(after, portion.size);
        if (rows.length === 0 && examined <= after) {
          await Promise.all(underWay);
          return true;
        }
        const group: Promise<Outcome>[] = [];
        let last = after;
        for (const row of rows) {
          while (room?.take() === false && !this.#stop.signal.aborted) await room.wait();
          const wait = pace.wait(row.receivedAt);
          if (wait > 1) await this.#sleep(wait);
          if (this.#stop.signal.aborted) break;
          this.#underWay++;
          group.push(this.#send(row));
          last = row.position;
        }
        portion.tookRows(rows);
        const whole = !this.#stop.signal.aborted;
        after = whole ? Math.max(examined, last) : last;
        const confirmed = this.#confirm(group, after, underWay.at(-1));
        confirmed.catch(() => undefined);
        underWay.push(confirmed);
        if (underWay.length >= GROUPS) await underWay.shift();
      }
      await Promise.all(underWay);
      return false;
    } catch (error) {
      await Promise.allSettled(underWay);
      throw error;
    }
  }

  /** Only for a queue of its own: what is sent to the exchange waits in who knows how many. */
  #waitingRoom(): WaitingRoom | undefined {
    const { request, waiting } = this.#parts;
    if (request.queue === undefined) return undefined;
    return new WaitingRoom({
      depth: waiting,
      most: request.max_waiting ?? MOST_WAITING,
      underWay: () => this.#underWay,
      sleep: (ms) => this.#sleep(ms),
      stopped: () => this.#stop.signal.aborted,
    });
  }

  async #confirm(group: readonly Promise<Outcome>[], position: number, before: Promise<void> | undefined) {
    const outcomes = await Promise.all(group);
    if (outcomes.includes("failed")) throw this.#failure;
    await before;
    const count = (wanted: Outcome) => outcomes.filter((outcome) => outcome === wanted).length;
    const { sent, unrouted, refused } = this.#progress;
    this.#progress = {
      position,
      sent: sent + outcomes.length - count("refused"),
      unrouted: unrouted + count("unrouted"),
      refused: refused + count("refused"),
    };
    this.#parts.report(this.#progress);
  }

  /** Never rejects: a failure stops the replay, and is told with its group. */
  #send(row: EventRow): Promise<Outcome> {
    const { publisher, request, replayId, exchange } = this.#parts;
    const { properties, headers } = decodeFacts(row.facts, row);
    const marked: Record<string, unknown> = {
      ...headers,
      "x-replay-id": replayId,
      "x-replay-position": row.position,
    };
    for (const name of DROPPED_HEADERS) if (name in marked) delete marked[name];
    return publisher
      .send({
        exchange: request.queue === undefined ? exchange : "",
        routingKey: request.queue ?? row.routingKey,
        body: row.body,
        properties: { ...properties, expiration: undefined },
        headers: marked,
        deadline: 120_000,
      })
      .then(this.#settled, this.#failed);
  }

  readonly #settled = ({ routed }: { readonly routed: boolean }): Outcome => {
    const { queue } = this.#parts.request;
    if (!routed && queue !== undefined) return this.#failed(new Error(`There is no queue ${queue}.`));
    this.#underWay--;
    return routed ? "sent" : "unrouted";
  };

  readonly #failed = (error: unknown): Outcome => {
    this.#underWay--;
    if (error instanceof PublishRefused) return "refused";
    this.#failure ??= error instanceof Error ? error : new Error(String(error));
    this.stop();
    return "failed";
  };

  /** Ends early when the replay is stopped. */
  #sleep(ms: number): Promise<void> {
    const { signal } = this.#stop;
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(ms, 2 ** 31 - 1));
      signal.addEventListener("abort", done);
    });
  }
}

type Outcome = "sent" | "unrouted" | "refused" | "failed";
