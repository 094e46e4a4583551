/**
 * From one machine to many: what the embedded broker holds goes to a RabbitMQ, the history to a PostgreSQL. Or from one
 * virtual host of RabbitMQ to another, where queues get another type: RabbitMQ cannot change the type of a queue.
 *
 * - The platform does not run meanwhile; the embedded broker is started on loopback for nobody else, and a RabbitMQ whose
 *   queues somebody consumes is not moved.
 * - A message is acked here when it was confirmed there, so a move that was interrupted goes on where it was. What
 *   was under way then may be there twice, with the same message id.
 * - It ends well only when nothing is left here and everything was seen there.
 */

export interface MovedQueue {
  readonly queue: string;
  /** Messages confirmed by the target, this time and earlier; by their ids, each counted once. */
  readonly moved: number;
  /** Still here. */
  readonly left: number;
  /** Waits there now; `undefined` where somebody consumes it already. */
  readonly there: number | undefined;
}

export interface MovedHistory {
  readonly events: number;
  /** Stored by this run; the others were there already. */
  readonly stored: number;
  /** Event ids that are here and not there. */
  readonly missing: number;
  readonly first_missing?: string;
}

export interface Migration {
  readonly definitions: { readonly exchanges: number; readonly queues: number; readonly bindings: number };
  readonly queues: readonly MovedQueue[];
  readonly history: MovedHistory | undefined;
  readonly complete: boolean;
}

export type Progress = (line: string) => void;
