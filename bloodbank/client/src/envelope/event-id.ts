import { v5 } from "uuid";

/** The namespace of all ids that are derived from a natural key. Never changes: ids must stay the same for ever. */
const NAMESPACE = "b7c1d8a4-3f52-5e0b-9c6e-33d0b100db4c";

/**
 * The same id for the same event type and key, for ever: an outside fact that is reported twice is one event.
 *
 * UUIDv5 (RFC 9562 §5.5) of the type and the key's canonical JSON: members sorted, no spaces (RFC 8785).
 *
 * @throws TypeError for what JSON cannot hold, and for a key of which nothing is left, as all its members are undefined:
 *   all events of the type would be one
 *
 * @example
 * publisher.publish("fireflies.transcript.ready", transcript,
 *   { eventId: eventId("fireflies.transcript.ready", { id: transcript.id }) });
 */
export function eventId(type: string, key: unknown): string {
  const text = canonicalJson(key);
  if (text === "{}" && !isEmptyLiteral(key))
    throw new TypeError(`the key of ${type} has nothing in it that JSON can hold`);
  return v5(`${type}\n${text}`, NAMESPACE);
}

/** Not a Map, whose members JSON does not see, nor an object whose members are undefined. */
const isEmptyLiteral = (key: unknown): boolean =>
  Object.getPrototypeOf(key) === Object.prototype && Object.keys(key as object).length === 0;

/** JSON with the members of every object sorted. Throws a TypeError for what JSON cannot hold. */
export function canonicalJson(value: unknown): string {
  if (typeof value === "number" && !Number.isFinite(value)) throw new TypeError(`a key cannot hold ${value}`);
  if (value === null || typeof value !== "object") {
    const text = JSON.stringify(value);
    if (text === undefined) throw new TypeError(`a key cannot hold ${typeof value}`);
    return text;
  }
  if (value instanceof Date) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
  return `{${members.join(",")}}`;
}
