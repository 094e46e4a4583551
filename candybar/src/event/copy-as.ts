/** An event in the forms in which people take it elsewhere. */
import type { StoredEvent } from "../api/schemas.js";

/** Safe inside a POSIX shell, whatever the text has in it. */
export const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

const payloadOf = (stored: StoredEvent) => (stored.event as { payload?: unknown } | null)?.payload ?? {};

/** Linux takes no single argument of 128 KiB or more: what may be so long is given as standard input. */
const LONG = 30_000;

/** A command that takes the payload as an argument, or `stdin` in its place. */
const given = (command: string, payload: string, stdin: string) =>
  payload.length < LONG ? `${command} ${quoted(payload)}` : `${command} ${stdin} <<'EOF'\n${payload}\nEOF`;

/** Publishes a new event with the same payload. */
export const asCurl = (stored: StoredEvent, origin: string) =>
  given(
    `curl -X POST ${quoted(`${origin}/events/${stored.event_type}`)} -H 'content-type: application/json' -d`,
    JSON.stringify(payloadOf(stored)),
    "@-",
  );

export const asBb = (stored: StoredEvent) =>
  given(`npx bb publish ${quoted(stored.event_type)}`, JSON.stringify(payloadOf(stored)), "-");

export const asFixture = (stored: StoredEvent) => `${JSON.stringify(stored.event, null, 2)}\n`;
