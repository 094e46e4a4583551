/** Sending again what was stored: selected, marked, at a chosen speed, and never lost track of. */
import type { FindFilter } from "../contract.js";

export interface ReplaySelection {
  readonly filter?: FindFilter;
  /** The whole trace of this event. */
  readonly trace?: string;
  /** Inclusive. */
  readonly from_position?: number;
  readonly to_position?: number;
  /** Also what breaks its contract; false by default. */
  readonly include_invalid?: boolean;
}

export interface ReplayRequest {
  readonly select: ReplaySelection;
  /** One queue only; absent: to the events exchange, for all that are bound. */
  readonly queue?: string;
  /** `max`: as fast as it is taken. A number is a factor on the original pace: 1 is as it was, 10 ten times faster. */
  readonly speed?: "max" | number;
  /** Events a second at most. */
  readonly rate?: number;
  /** Hold before more messages than these wait in `queue`, until they are taken; 10,000 by default, with a queue only. */
  readonly max_waiting?: number;
  /** Who asked, and why: kept with the replay. */
  readonly actor?: string;
  readonly reason?: string;
}

export type ReplayState = "running" | "paused" | "finished" | "cancelled" | "failed";

/** A replay as it is kept; also what the API shows. */
export interface ReplayRecord {
  readonly replay_id: string;
  readonly request: ReplayRequest;
  readonly state: ReplayState;
  /** Selected when it was made. */
  readonly total: number;
  readonly sent: number;
  /** Of those, sent to the exchange with no queue bound for them. */
  readonly unrouted: number;
  /** Turned away by the broker: its admission, or a full queue. */
  readonly refused: number;
  /** All selected events up to here are confirmed by the broker. */
  readonly position: number;
  /** The last position it goes to: what is stored later, its own copies too, is not part of it. */
  readonly until_position: number;
  readonly created_at: string;
  readonly updated_at: string;
  readonly finished_at?: string;
  readonly error?: string;
}

export interface ReplayPreview {
  readonly total: number;
  readonly by_type: readonly { readonly event_type: string; readonly count: number }[];
  readonly first_received_at?: string;
  readonly last_received_at?: string;
}

export interface ReplayBus {
  readonly url: string | readonly string[];
  readonly exchange?: string;
  readonly queueType?: "classic" | "quorum";
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

/** Made by `startReplays`. One sends at a time; others wait their turn. */
export interface Replays {
  preview(select: ReplaySelection): Promise<ReplayPreview>;
  /** @throws StoreError `INVALID_REPLAY`, `INVALID_FILTER`, `UNKNOWN_EVENT`; `UNKNOWN_QUEUE` where the broker has no such queue */
  create(request: ReplayRequest): Promise<ReplayRecord>;
  /** Newest first. */
  list(): Promise<readonly ReplayRecord[]>;
  get(replayId: string): Promise<ReplayRecord>;
  pause(replayId: string): Promise<ReplayRecord>;
  resume(replayId: string): Promise<ReplayRecord>;
  cancel(replayId: string): Promise<ReplayRecord>;
  /** Resolves once it is finished, cancelled or failed. */
  settled(replayId: string): Promise<ReplayRecord>;
  /** Told of each change of state and, now and then, of progress. */
  onChange(listener: (record: ReplayRecord) => void): () => void;
  /** Stops sending; what is running goes on at the next `startReplays`. */
  close(): Promise<void>;
}
