import type { StoredMessage } from "../log/record.js";
import type { Table } from "../wire/table.js";
import type { Queue } from "./queue.js";

/** What a queue knows of whoever takes its messages. Channels implement it. */
export interface Consumer {
  readonly tag: string;
  readonly queue: Queue;
  readonly noAck: boolean;
  readonly exclusive: boolean;
  /** Higher ones are served first; 0 by default. */
  readonly priority: number;
  readonly arguments: Table;
  /** Whether prefetch limits and the socket allow one more now. Who answers no calls `Queue.wake` when that changes. */
  canTake(): boolean;
  /** Writes the message out; `handle` is what `Queue.settle` wants back, unless `noAck`. */
  take(handle: number, message: StoredMessage, redelivered: boolean, returns: number): void;
  /** The queue is gone. */
  cancelled(): void;
}
