/** What a trace asks of PostgreSQL: events by id, and which events name them, with what is to be said of these. */
import { Buffer } from "node:buffer";
import type pg from "pg";
import type { Classes } from "../layout/classes.js";
import { CAUSE } from "../layout/links.js";
import { HEAD_NAMES, headOfPart } from "../record/body-head.js";
import { readEvent } from "../record/event-json.js";
import { eventIdOf, eventKey, uuidOf } from "../record/event-key.js";
import { CUT, Parts } from "../record/parts.js";
import { type Effects, type TraceRow, type TraceSource, traceRow } from "../trace/build-trace.js";
import { keyBytes, keyOf } from "./connection.js";
import type { PostgresRows } from "./rows.js";

/** Bytes of a body in which most say what a trace wants. */
const PART = 400;
/** Where the rest begins that must not say it again; a name that is cut in two stands there whole. */
const REST = PART - Math.max(...HEAD_NAMES.map((name) => name.length));
const UUID_DIGITS = 32;
/** Ids asked for at once, each time over another connection: what came is read while the server looks for the next. */
const TOGETHER = 128;

const inBytes = (text: string) => `'${text.replaceAll("\\", "\\\\")}'::bytea`;

/**
 * One value for all: a row by itself takes longer to read than all that a trace does with it. `$1` the ids, `$2` how many
 * effects of each, and how many heads, at most. They are joined in the order in which they are numbered.
 *
 * Of a body the first part comes along, as text, if it is ASCII without a backslash (`escape` escapes nothing) and the rest
 * does not name again what a head says. Whole bodies, as bytes, would take longer than all the rest.
 */
const EFFECTS = `
  SELECT string_agg(
    concat_ws('${CUT}', n, position, class, received, encode(id, 'hex'), length(head), head), '${CUT}'
  ) AS joined
  FROM (
    SELECT n, found.*, row_number() OVER () AS number
    FROM unnest($1::bytea[]) WITH ORDINALITY AS wanted (cause, n) CROSS JOIN LATERAL (
      SELECT events.position, events.id, class, received, body
      FROM links JOIN events ON events.position = links.position
      WHERE links.id = cause AND links.kind = ${CAUSE} ORDER BY links.position LIMIT $2
    ) AS found
  ) AS effects
  CROSS JOIN LATERAL (
    SELECT encode(substring(body FOR ${PART}), 'escape') AS part, substring(body FROM ${REST}) AS rest OFFSET 0
  ) AS parts
  CROSS JOIN LATERAL (
    SELECT CASE WHEN number <= $2 AND length(part) = least(octet_length(body), ${PART})
      ${HEAD_NAMES.map((name) => `AND position(${inBytes(name)} IN rest) = 0`).join(" ")}
      THEN part ELSE '' END AS head OFFSET 0
  ) AS heads`;

export class PostgresGraph implements TraceSource {
  readonly #pool: pg.Pool;
  readonly #rows: PostgresRows;
  readonly #classes: () => Classes;

  constructor(pool: pg.Pool, rows: PostgresRows, classes: () => Classes) {
    this.#pool = pool;
    this.#rows = rows;
    this.#classes = classes;
  }

  async rows(ids: readonly string[]): Promise<ReadonlyMap<string, TraceRow>> {
    const found = await this.#rows.withIds(ids);
    return new Map(found.map((row) => [row.id, traceRow(readEvent(row))]));
  }

  async effects(ids: readonly string[], limit: number): Promise<Effects> {
    const effects = new Map<string, string[]>(ids.map((id) => [id, []]));
    const rows: TraceRow[] = [];
    const parts = Array.from({ length: Math.ceil(ids.length / TOGETHER) }, (_, n) =>
      ids.slice(n * TOGETHER, (n + 1) * TOGETHER),
    );
    await Promise.all(parts.map((part) => this.#effects(part, limit, effects, rows)));
    return { ids: effects, rows };
  }

  /** Adds those of some ids. */
  async #effects(
    ids: readonly string[],
    limit: number,
    effects: ReadonlyMap<string, string[]>,
    rows: TraceRow[],
  ): Promise<void> {
    const { rows: answer } = await this.#pool.query<{ joined: string | null }>({
      name: "effects",
      text: EFFECTS,
      values: [ids.map((id) => keyBytes(eventKey(id))), limit],
    });
    const parts = new Parts(answer[0]?.joined ?? "");
    while (!parts.done) {
      const cause = ids[parts.number() - 1]!;
      const position = parts.number();
      const eventClass = this.#classes().get(parts.number());
      const receivedAt = parts.number();
      const id = idOf(parts.text());
      const part = parts.bytes(parts.number());
      if (eventClass === undefined) continue;
      effects.get(cause)?.push(id);
      const { type, app, valid } = eventClass;
      const head = valid ? headOfPart(part) : undefined;
      if (head !== undefined) rows.push({ row: { id, position, type, app, valid, receivedAt }, head });
    }
  }
}

const idOf = (hex: string): string =>
  hex.length === UUID_DIGITS ? uuidOf(hex) : eventIdOf(keyOf(Buffer.from(hex, "hex")));
