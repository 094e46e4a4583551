/**
 * Effects that happen once: the id of the event is committed together with what handling it did. An event that
 * comes again finds its id there, and nothing is done.
 */
import type { EventEnvelope } from "@33god/holyfields";
import type { Handler } from "../consume/consumer.js";
import type { HandlerContext } from "../contract.js";
import {
  createTable,
  placeholder,
  type SqlConnection,
  type Transactions,
  tableName,
} from "../database/connection.js";

export interface InboxSettings {
  /** `bloodbank_inbox` by default; a schema may stand before it. */
  readonly table?: string;
}

/**
 * @example
 * const inbox = new Inbox();
 * await inbox.createTable(connection);
 * consumer.on("fireflies.transcript.ready", inbox.once(transaction, async (event, tx) => {
 *   await tx.query("UPDATE totals SET minutes = minutes + $1", [event.payload.duration]);
 * }));
 */
export class Inbox {
  readonly #table: string;

  constructor(settings: InboxSettings = {}) {
    this.#table = tableName(settings.table ?? "bloodbank_inbox");
  }

  /** Where it is missing; may be called at each start, or its statement taken into a migration. */
  async createTable(connection: SqlConnection): Promise<void> {
    await createTable(
      connection,
      this.#table,
      { queue: "TEXT NOT NULL", event_id: "TEXT NOT NULL", handled_at: "BIGINT NOT NULL" },
      "PRIMARY KEY (queue, event_id)",
    );
  }

  /**
   * Notes in the caller's transaction that the queue's consumer handles the event. True the first time; false when
   * a committed transaction did so before. One that is still open on PostgreSQL is waited for.
   */
  async enter(connection: SqlConnection, queue: string, eventId: string): Promise<boolean> {
    const p = (n: number) => placeholder(connection.dialect, n);
    const rows = await connection.query(
      `INSERT INTO ${this.#table} (queue, event_id, handled_at) VALUES (${p(1)}, ${p(2)}, ${p(3)})
        ON CONFLICT DO NOTHING RETURNING event_id`,
      [queue, eventId, Date.now()],
    );
    return rows.length === 1;
  }

  /** A handler whose effects in the transaction happen once for each event, however often it is delivered. */
  once<E extends EventEnvelope>(
    transaction: Transactions,
    handler: (event: E, connection: SqlConnection, context: HandlerContext) => Promise<void>,
  ): Handler<E> {
    return (event, context) =>
      transaction(async (connection) => {
        if (await this.enter(connection, context.queue, event.event_id))
          await handler(event, connection, context);
      });
  }

  /**
   * Forgets what was handled before a moment (milliseconds since the epoch): after that, an event that comes again is
   * handled again. Keep longer than anything can be retried, redriven or replayed.
   */
  async forget(connection: SqlConnection, before: number): Promise<void> {
    await connection.query(
      `DELETE FROM ${this.#table} WHERE handled_at < ${placeholder(connection.dialect, 1)}`,
      [before],
    );
  }
}
