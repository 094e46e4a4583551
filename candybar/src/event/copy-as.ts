/** An event in the forms in which people take it elsewhere. */
import type { StoredEvent } from "../api/schemas.js";

/** Safe inside a POSIX shell, whatever the text has in it. */
export const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

const payloadOf = (stored: StoredEvent) => (stored.event as { payload?: unknown } | null)?.payload ?? {};

/** Publishes a new event with the same payload. */
export const asCurl = (stored: StoredEvent, origin: string) =>
  `curl -X POST ${quoted(`${origin}/events/${stored.event_type}`)} -H 'content-type: application/json' -d ${quoted(
    JSON.stringify(payloadOf(stored)),
  )}`;

export const asBb = (stored: StoredEvent) =>
  `npx bb publish ${quoted(stored.event_type)} ${quoted(JSON.stringify(payloadOf(stored)))}`;

export const asFixture = (stored: StoredEvent) => `${JSON.stringify(stored.event, null, 2)}\n`;
