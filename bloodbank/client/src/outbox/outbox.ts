/**
 * A row and the event about it in one transaction: neither can be there without the other, whatever crashes.
 *
 *   add (in the caller's transaction) ─▶ row ─ commit ─▶ waits ─▶ published, confirmed ─▶ row deleted
 *                                                          │                 ▲
 *                                            turned down ──┴─▶ parked ───────┘
 *                                                              when it is due, or `release` was called
 */
import type { EventEnvelope } from "@33god/holyfields";
import type { BusOptions, PublishOptions } from "../contract.js";
import { currentHandling } from "../correlation/handling.js";
import { createTable, placeholder, type SqlConnection, tableName } from "../database/connection.js";
import { createEnvelope } from "../envelope/create-envelope.js";
import { ContractViolation, notJson } from "../errors.js";
import { currentTrace } from "../telemetry/trace-context.js";
import type { EventTypeArgument, PayloadOf } from "../types/event-map.js";

export interface OutboxSettings {
  /** `bloodbank_outbox` by default; a schema may stand before it. */
  readonly table?: string;
}

/** A row that waits for the relay. */
export interface OutboxEntry {
  readonly position: number;
  readonly event: EventEnvelope;
  readonly conversationId: string | undefined;
  readonly headers: Readonly<Record<string, unknown>> | undefined;
  /** How often it was turned down. */
  readonly attempts: number;
}

/** An event that was turned down, and lets the others pass. */
export interface ParkedEntry extends OutboxEntry {
  readonly reason: string;
  /** When it is tried again; milliseconds since the epoch. */
  readonly due: number;
}

/** It waits at most as long again as it has been turned down, from a second to an hour. */
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 3_600_000;

/**
 * @example
 * const outbox = new Outbox(bus);
 * await outbox.createTable(connection);
 * await transaction(async (tx) => {
 *   await tx.query("INSERT INTO meetings (id) VALUES ($1)", [id]);
 *   await outbox.add(tx, "theboard.meeting.created", { meeting_id: id, topic, strategy: "simple", max_rounds: 3 });
 * });
 */
export class Outbox {
  readonly #bus: Pick<BusOptions, "catalog" | "source">;
  readonly table: string;

  constructor(bus: Pick<BusOptions, "catalog" | "source">, settings: OutboxSettings = {}) {
    this.#bus = bus;
    this.table = tableName(settings.table ?? "bloodbank_outbox");
  }

  /** Where it is missing, or what it lacks; may be called at each start. */
  async createTable(connection: SqlConnection): Promise<void> {
    const position =
      connection.dialect === "postgres"
        ? "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
        : "INTEGER PRIMARY KEY AUTOINCREMENT";
    await createTable(connection, this.table, {
      position,
      event_id: "TEXT NOT NULL UNIQUE",
      event: "TEXT NOT NULL",
      conversation_id: "TEXT",
      headers: "TEXT",
      parked: "TEXT",
      attempts: "INTEGER NOT NULL DEFAULT 0",
      due: "BIGINT",
    });
  }

  /**
   * Writes the event into the caller's transaction; it leaves after the commit, and never without it. An event
   * whose id already waits here is not written again. Causes and conversation are those of the handler it is
   * called in. On SQLite the row is written when `add` returns, before its promise resolves.
   *
   * @throws ContractViolation before anything is written
   */
  async add<T extends string>(
    connection: SqlConnection,
    type: EventTypeArgument<T>,
    payload: PayloadOf<T>,
    options: Omit<PublishOptions, "deadline"> = {},
  ): Promise<EventEnvelope<T, PayloadOf<T>>> {
    const event = createEnvelope<T>(type, payload, {
      source: options.source ?? this.#bus.source,
      eventId: options.eventId,
      version: options.version ?? this.#bus.catalog.get(type)?.version,
      timestamp: options.timestamp,
      correlationIds: options.correlationIds,
      agentContext: options.agentContext,
    });
    const verdict = this.#bus.catalog.validate(event, type);
    if (!verdict.valid) throw new ContractViolation(verdict);
    const p = (n: number) => placeholder(connection.dialect, n);
    const headers = { ...currentTrace(), ...options.headers };
    await connection.query(
      `INSERT INTO ${this.table} (event_id, event, conversation_id, headers)
        VALUES (${p(1)}, ${p(2)}, ${p(3)}, ${p(4)}) ON CONFLICT (event_id) DO NOTHING`,
      [
        event.event_id,
        jsonOf(event),
        options.conversationId ?? currentHandling()?.conversationId ?? null,
        Object.keys(headers).length === 0 ? null : JSON.stringify(headers),
      ],
    );
    return event;
  }

  /** The oldest rows that were never turned down, in the order in which they were written. */
  async waiting(connection: SqlConnection, limit: number): Promise<readonly OutboxEntry[]> {
    const rows = await connection.query(
      `SELECT * FROM ${this.table} WHERE parked IS NULL ORDER BY position
        LIMIT ${placeholder(connection.dialect, 1)}`,
      [limit],
    );
    return rows.map(entryOf);
  }

  /** What was turned down, with the reason, in the order in which it was written. */
  async parked(connection: SqlConnection): Promise<readonly ParkedEntry[]> {
    const rows = await connection.query(
      `SELECT * FROM ${this.table} WHERE parked IS NOT NULL ORDER BY position`,
    );
    return rows.map((row) => ({ ...entryOf(row), reason: String(row.parked), due: Number(row.due) }));
  }

  /** Of the parked, those that are to be tried now. */
  async due(connection: SqlConnection, limit: number): Promise<readonly OutboxEntry[]> {
    const p = (n: number) => placeholder(connection.dialect, n);
    const rows = await connection.query(
      `SELECT * FROM ${this.table} WHERE parked IS NOT NULL AND COALESCE(due, 0) <= ${p(1)} ORDER BY position LIMIT ${p(2)}`,
      [Date.now(), limit],
    );
    return rows.map(entryOf);
  }

  /** Sets aside what was turned down. Resolves with when it is tried again. */
  async park(
    connection: SqlConnection,
    { position, attempts }: Pick<OutboxEntry, "position" | "attempts">,
    reason: string,
  ): Promise<Date> {
    const p = (n: number) => placeholder(connection.dialect, n);
    const due = Date.now() + Math.min(FIRST_PAUSE * 2 ** attempts, LONGEST_PAUSE);
    await connection.query(
      `UPDATE ${this.table} SET parked = ${p(1)}, attempts = ${p(2)}, due = ${p(3)} WHERE position = ${p(4)}`,
      // PostgreSQL's texts hold no NUL, which the event may have had in it.
      [reason.replaceAll("\0", "\u{fffd}"), attempts + 1, due, position],
    );
    return new Date(due);
  }

  /** All that is parked is tried again at once. Resolves with how many these are. */
  async release(connection: SqlConnection): Promise<number> {
    const rows = await connection.query(
      `UPDATE ${this.table} SET due = 0 WHERE parked IS NOT NULL RETURNING position`,
    );
    return rows.length;
  }

  /** The broker has these, or they are to be let go. */
  async done(connection: SqlConnection, positions: readonly number[]): Promise<void> {
    if (positions.length === 0) return;
    if (connection.dialect === "postgres")
      await connection.query(`DELETE FROM ${this.table} WHERE position = ANY($1)`, [positions]);
    else
      await connection.query(`DELETE FROM ${this.table} WHERE position IN (SELECT value FROM json_each(?))`, [
        JSON.stringify(positions),
      ]);
  }
}

function jsonOf(event: EventEnvelope): string {
  try {
    return JSON.stringify(event);
  } catch (error) {
    throw notJson(event, error);
  }
}

function entryOf(row: Readonly<Record<string, unknown>>): OutboxEntry {
  return {
    position: Number(row.position),
    event: JSON.parse(String(row.event)),
    conversationId: typeof row.conversation_id === "string" ? row.conversation_id : undefined,
    headers: typeof row.headers === "string" ? JSON.parse(row.headers) : undefined,
    attempts: Number(row.attempts),
  };
}
