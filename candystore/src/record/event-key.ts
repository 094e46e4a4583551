/** How an event id stands in a table: the 16 bytes of a UUID; anything else (a broken event's) as text. */
import { Buffer } from "node:buffer";

export type EventKey = Uint8Array | string;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** A longer id is no id: the event gets one from its bytes. */
export const LONGEST_ID = 255;

const isUuid = (text: string): boolean => text.length === 36 && UUID.test(text);

/** UUIDs compare without regard to case; in the store they are lower case. */
export const canonicalId = (id: string): string => (isUuid(id) ? id.toLowerCase() : id);

export function eventKey(id: string): EventKey {
  if (!isUuid(id)) return id;
  // Twice as fast as taking the hyphens out by a pattern, and done for each event and each of its causes.
  const hex = id.slice(0, 8) + id.slice(9, 13) + id.slice(14, 18) + id.slice(19, 23) + id.slice(24);
  return Buffer.from(hex, "hex");
}

export function eventIdOf(key: EventKey): string {
  if (typeof key === "string") return key;
  const hex = Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
