/** Where a page ended. Opaque to callers, and bound to its query: a cursor of another one is refused. */
import { Buffer } from "node:buffer";
import { hash } from "node:crypto";
import { StoreError } from "../errors.js";
import type { Query } from "./filter.js";

export type Order = "newest" | "oldest";

const FORMAT = 1;

export function writeCursor(query: Query, order: Order, position: number): string {
  return Buffer.from(JSON.stringify([FORMAT, position, fingerprint(query, order)])).toString("base64url");
}

/** @throws StoreError `INVALID_CURSOR` */
export function readCursor(cursor: unknown, query: Query, order: Order): number {
  const wrong = () =>
    new StoreError("INVALID_CURSOR", "The cursor is broken or belongs to another query. Begin without one.");
  if (typeof cursor !== "string" || cursor.length > 200) throw wrong();
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    throw wrong();
  }
  if (!Array.isArray(parts) || parts.length !== 3) throw wrong();
  const [format, position, print] = parts as unknown[];
  if (format !== FORMAT || !Number.isSafeInteger(position) || (position as number) < 0) throw wrong();
  if (print !== fingerprint(query, order)) throw wrong();
  return position as number;
}

const fingerprint = (query: Query, order: Order): string =>
  hash("sha256", JSON.stringify([order, query]), "base64url").slice(0, 12);
