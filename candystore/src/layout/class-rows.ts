import type { EventClass } from "./classes.js";

export interface ClassRow {
  readonly class: number;
  readonly type: string;
  readonly version: string;
  readonly app: string;
  readonly exchange: string;
  readonly routing_key: string;
  readonly valid: number;
  readonly events: number;
}

export const classFromRow = (row: ClassRow): EventClass => ({
  class: row.class,
  type: row.type,
  version: row.version,
  app: row.app,
  exchange: row.exchange,
  routingKey: row.routing_key,
  valid: row.valid === 1,
});
