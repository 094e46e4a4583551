/** From the bus into the store: what was committed is acked, and nothing else is. */

export interface RecorderSettings {
  /** `amqp://` or `amqps://`; several for a cluster. */
  readonly url: string | readonly string[];
  /** `event_store_manager_queue` by default. Declared and bound to `#` where it is missing. */
  readonly queue?: string;
  /** Where a message goes that cannot be stored by itself; `event_store_manager_dlq` by default. */
  readonly deadLetterQueue?: string;
  readonly exchange?: string;
  readonly queueType?: "classic" | "quorum";
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** Start although no broker answers yet, and keep trying; true by default. */
  readonly retry?: boolean;
  /** Events a commit holds at most; 2,000 by default. */
  readonly maxBatch?: number;
}

export interface RecorderStatus {
  readonly connected: boolean;
  readonly paused: boolean;
  /** Events stored since the start; copies of known ones; messages moved to the dead-letter queue. */
  readonly stored: number;
  readonly duplicates: number;
  readonly dead_lettered: number;
  /** Stored although they break their contract. */
  readonly invalid: number;
  /** Received and not yet committed. */
  readonly pending: number;
  /** Milliseconds from the oldest event of the last batch being published (as its timestamp says) to its commit. */
  readonly lag_ms: number;
  readonly last_commit_at?: string;
  /** Why the last batch could not be committed; absent once one could. */
  readonly failing?: string;
}

export interface Recorder {
  status(): Promise<RecorderStatus>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Commits and acks the batch in work, and disconnects. What was not acked stays in the queue. */
  close(): Promise<void>;
}
