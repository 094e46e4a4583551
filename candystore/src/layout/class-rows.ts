import { type EventClass, eventClassOf } from "./classes.js";

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

export const classFromRow = (row: ClassRow): EventClass =>
  eventClassOf(row.class, { ...row, routingKey: row.routing_key, valid: row.valid === 1 });
