/**
 * Publishes what waits in the outbox, at least once, and never forgets one: a row is deleted after its event was
 * confirmed; a crash in between sends the same `event_id` twice.
 *
 * What is turned down (the broker refused it, no channel carries it, its contract changed meanwhile) steps aside and
 * lets the others pass. It is tried again by itself, after a pause that grows from a second to an hour, until it goes:
 * a queue that was full and a broker that learns of a new contract need nobody. While the broker is away everything
 * waits, and nothing is turned down.
 *
 * So events go out in the order in which they were written, but for those that were turned down, or not confirmed in
 * time: others overtake these. Between transactions, order is that of those of which one began after the other had
 * committed. One relay at a time is at work on a PostgreSQL table (an advisory lock; others stand by); on SQLite run one.
 */
import { safely } from "../callbacks.js";
import type { BusAddress } from "../contract.js";
import type { SqlConnection, Transactions } from "../database/connection.js";
import { BloodbankError, messageOf, PublishTimeout } from "../errors.js";
import type { Publisher } from "../publish/publisher.js";
import { LONGEST_WAIT, refuseOutside } from "../settings.js";
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

/** How many rows left or stepped aside, and why others could not yet. */
interface Turn {
  readonly settled: number;
  readonly failed: unknown;
}

const NOTHING: Turn = { settled: 0, failed: undefined };

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

  /** @throws RangeError for a setting that nothing could be published with */
  constructor(settings: OutboxRelaySettings) {
    refuseOutside("batch", settings.batch, 1, Number.MAX_SAFE_INTEGER);
    refuseOutside("interval", settings.interval, 1, LONGEST_WAIT);
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
        const { settled, failed } = await this.#turn();
        if (failed === undefined) {
          pause = interval;
          if (settled > 0) continue;
        } else {
          this.#log?.("warn", `outbox: nothing is published for now: ${messageOf(failed)}`);
          pause = Math.min(pause * 2, LONGEST_PAUSE);
        }
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
      if (!(await this.#mayWork(connection))) return NOTHING;
      const waiting = await outbox.waiting(connection, batch);
      // They come behind: those that may be turned down again must not be in the way of the others.
      const entries = [...waiting, ...(await outbox.due(connection, batch - waiting.length))];
      if (connection.dialect === "sqlite") return entries;
      return this.#settle(connection, entries, await this.#publishAll(entries));
    });
    if (!Array.isArray(first)) return first as Turn;
    const entries: readonly OutboxEntry[] = first;
    if (entries.length === 0) return NOTHING;
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
    let parked = 0;
    let failed: unknown;
    for (const [n, entry] of entries.entries()) {
      const error = outcomes[n];
      if (error === undefined) sent.push(entry.position);
      else if (isOutage(error)) failed ??= error;
      else {
        parked++;
        await this.#park(connection, entry, messageOf(error));
      }
    }
    await outbox.done(connection, sent);
    return { settled: sent.length + parked, failed };
  }

  async #park(connection: SqlConnection, entry: OutboxEntry, reason: string): Promise<void> {
    const due = (await this.#settings.outbox.park(connection, entry, reason)).toISOString();
    const { event_id: eventId, event_type: eventType } = entry.event;
    const attempts = entry.attempts + 1;
    this.#log?.(
      "error",
      `outbox: ${eventType} ${eventId} was turned down (attempt ${attempts}), the next try is at ${due}: ${reason}`,
      { eventId, eventType, attempts, due },
    );
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

  /**
   * On PostgreSQL: whether no other relay is at work on this table, and not on one of that name in another schema. The
   * lock goes with the transaction, or with its process.
   */
  async #mayWork(connection: SqlConnection): Promise<boolean> {
    if (connection.dialect !== "postgres") return true;
    const [row] = await connection.query(
      "SELECT pg_try_advisory_xact_lock(hashtext('bloodbank outbox'), hashtext($1::regclass::oid::text)) AS mine",
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

/** It says nothing about the event: any other would have met the same. */
const isOutage = (error: unknown): boolean =>
  error instanceof PublishTimeout || (error instanceof BloodbankError && error.code === "NOT_STARTED");
