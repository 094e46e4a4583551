/**
 * A binding's name in a path: its key, percent-encoded, `~` if that is empty, and a hash of its arguments if it has any. RabbitMQ's
 * hash is of an Erlang term and cannot be made here: nobody may compute it, only take it from a listing.
 */
import { createHash } from "node:crypto";
import type { Table } from "../wire/table.js";
import { encodeTable } from "../wire/table-codec.js";

export function propertiesKey(routingKey: string, args: Table): string {
  const key = routingKey === "" ? "~" : encodeURIComponent(routingKey).replaceAll("~", "%7E");
  if (args.size === 0) return key;
  const sorted = new Map([...args].sort(([a], [b]) => (a < b ? -1 : 1)));
  const hash = createHash("sha256").update(encodeTable(sorted)).digest("base64url").slice(0, 6);
  return `${routingKey === "" ? "" : key}~${hash}`;
}
