/** Where a page ended. Opaque to callers, and bound to its query: a cursor of another one is refused. */
import { StoreError } from "../errors.js";
import type { Query } from "./filter.js";
import { fingerprint } from "./fingerprint.js";

export type Order = "newest" | "oldest";

/** Its format, the position, and what tells the query. */
const CURSOR = /^2-(\d{1,16})-(\w+)$/;

export const writeCursor = (query: Query, order: Order, position: number): string =>
  `2-${position}-${printOf(query, order)}`;

/** @throws StoreError `INVALID_CURSOR` */
export function readCursor(cursor: unknown, query: Query, order: Order): number {
  const [, digits, print] = (typeof cursor === "string" && CURSOR.exec(cursor)) || [];
  const position = Number(digits);
  if (!Number.isSafeInteger(position) || print !== printOf(query, order))
    throw new StoreError(
      "INVALID_CURSOR",
      "The cursor is broken or belongs to another query. Begin without one.",
    );
  return position;
}

const printOf = (query: Query, order: Order): string => fingerprint(JSON.stringify([order, query]));
