/**
 * Publishes what waits in the outbox: in the order in which it was written, at least once, and never forgets one. A
 * row is deleted after its event was confirmed; a crash in between sends the same `event_id` twice.
 *
 * Order is kept between rows of one transaction, and between transactions of which one began after the other had
 * committed. One relay at a time is at work on a PostgreSQL table (an advisory lock; others stand by); on SQLite
 * run one.
 */
import { safely } from "../callbacks.js";
import type { BusAddress } from "../contract.js";
import type { SqlConnection, Transactions } from "../database/connection.js";
import { ContractViolation, messageOf, PublishRejected } from "../errors.js";
import type { Publisher } from "../publish/publisher.js";
import type { Outbox, OutboxEntry } from "./outbox.js";

const LONGEST_PAUSE = 10_000;

export interface OutboxRelaySettings {
  readonly outbox: Outbox;
  /** Its owner starts and closes it; close the relay first. */
  readonly publisher: Publisher;
  /** Transactions for the relay alone: `postgresTransactions(pool)` or `sqliteTransactions(database)`. */
  readonly transaction: Transactions;
  /** Events published at once; 500 by default. */
  readonly batch?: number;
  /** Milliseconds between two looks when nobody calls `wake`; 200 by default. */
  readonly interval?: number;
  readonly log?: BusAddress["log"];
}

/** How many left, and what kept others back. */
interface Turn {
  readonly sent: number;
  readonly failed: unknown;
}

/**
 * @example
 * const relay = new OutboxRelay({ outbox, publisher, transaction: postgresTransactions(pool) });
 * relay.start();
 * // after a commit, for the least delay: relay.wake();
 * await relay.close();
 */
export class OutboxRelay {
  readonly #settings: OutboxRelaySettings;
  readonly #log: BusAddress["log"];
  #running: Promise<void> | undefined;
  #closing = false;
  #wake: (() => void) | undefined;
  #woken = false;

  constructor(settings: OutboxRelaySettings) {
    this.#settings = settings;
    this.#log = settings.log && safely(settings.log);
  }

  /** Begins, and goes on however often the database or the broker is away. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** There is something new: look at once. */
  wake(): void {
    this.#woken = true;
    this.#wake?.();
  }

  /** Finishes the batch in work. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#wake?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { interval = 200 } = this.#settings;
    let pause = interval;
    while (!this.#closing) {
      try {
        const { sent, failed } = await this.#turn();
        if (failed === undefined) pause = interval;
        else {
          this.#log?.("warn", `outbox: an event could not be published: ${messageOf(failed)}`);
          pause = Math.min(pause * 2, LONGEST_PAUSE);
        }
        if (sent > 0 && failed === undefined) continue;
      } catch (error) {
        this.#log?.("error", `outbox: ${messageOf(error)}`);
        pause = Math.min(pause * 2, LONGEST_PAUSE);
      }
      await this.#sleep(pause);
    }
  }

  /**
   * One batch. SQLite has one writer, so nothing of it is held while the broker is waited for; on PostgreSQL the
   * transaction stays open meanwhile, and with it the lock that keeps a second relay away.
   */
  async #turn(): Promise<Turn> {
    const { outbox, transaction, batch = 500 } = this.#settings;
    const first = await transaction(async (connection) => {
      if (!(await this.#mayWork(connection))) return { sent: 0, failed: undefined };
      const entries = await outbox.waiting(connection, batch);
      if (connection.dialect === "sqlite") return entries;
      return this.#settle(connection, entries, await this.#publishAll(entries));
    });
    if (!Array.isArray(first)) return first as Turn;
    const entries: readonly OutboxEntry[] = first;
    if (entries.length === 0) return { sent: 0, failed: undefined };
    const outcomes = await this.#publishAll(entries);
    return transaction((connection) => this.#settle(connection, entries, outcomes));
  }

  #publishAll(entries: readonly OutboxEntry[]): Promise<readonly unknown[]> {
    return Promise.all(entries.map((entry) => this.#publish(entry)));
  }

  async #settle(
    connection: SqlConnection,
    entries: readonly OutboxEntry[],
    outcomes: readonly unknown[],
  ): Promise<Turn> {
    const { outbox } = this.#settings;
    const sent: number[] = [];
    let failed: unknown;
    for (const [n, { position, event }] of entries.entries()) {
      const error = outcomes[n];
      if (error === undefined) sent.push(position);
      else if (error instanceof ContractViolation || error instanceof PublishRejected) {
        this.#log?.("error", `outbox: ${event.event_id} is parked: ${error.message}`);
        await outbox.park(connection, position, error.message);
      } else failed ??= error;
    }
    await outbox.done(connection, sent);
    return { sent: sent.length, failed };
  }

  async #publish({ event, conversationId, headers }: OutboxEntry): Promise<unknown> {
    try {
      await this.#settings.publisher.publishEvent(event, {
        ...(conversationId !== undefined && { conversationId }),
        ...(headers !== undefined && { headers }),
      });
      return undefined;
    } catch (error) {
      return error;
    }
  }

  /** On PostgreSQL: whether no other relay is at work. The lock goes with the transaction, or with its process. */
  async #mayWork(connection: SqlConnection): Promise<boolean> {
    if (connection.dialect !== "postgres") return true;
    const [row] = await connection.query(
      "SELECT pg_try_advisory_xact_lock(hashtext('bloodbank outbox'), hashtext($1)) AS mine",
      [this.#settings.outbox.table],
    );
    return row?.mine === true;
  }

  #sleep(ms: number): Promise<void> {
    if (this.#closing || this.#woken) {
      this.#woken = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake?.(), ms);
      this.#wake = () => {
        this.#wake = undefined;
        this.#woken = false;
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
