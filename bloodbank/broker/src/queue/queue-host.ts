import type { Clock } from "../contract.js";
import type { DeathReason } from "../dead-letter/index.js";
import type { MessageStore } from "../log/message-store.js";
import type { StoredMessage } from "../log/record.js";
import type { Table } from "../wire/table.js";
import type { Queue } from "./queue.js";

/** What a queue needs of the broker that holds it. */
export interface QueueHost {
  readonly clock: Clock;
  readonly store: MessageStore;
  wake(queue: Queue): void;
  /** The last consumer left. */
  unused(queue: Queue): void;
  /** A message of the queue could not be read. */
  unreadable(queue: Queue, error: Error): void;
  /** Publishes the message to the queue's dead-letter exchange, then releases it. */
  deadLetter(queue: Queue, ref: number, reason: DeathReason): void;
  /** The same at least once: the queue keeps the message until `Queue.buried` says that all who should have it do. */
  deadLetterSurely(queue: Queue, handle: number, reason: DeathReason): void;
}

export interface QueueIdentity {
  readonly id: number;
  readonly vhost: string;
  readonly name: string;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly arguments: Table;
  readonly type: "classic" | "quorum";
  /** The connection that alone may use it. */
  readonly owner: object | undefined;
}

/** What `basic.get` took. */
export interface Got {
  readonly handle: number;
  readonly message: StoredMessage;
  readonly redelivered: boolean;
  readonly returns: number;
  readonly remaining: number;
}
