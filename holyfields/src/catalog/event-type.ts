/** The grammar of event types and what follows from a name (docs/adr/0003). */
export const EVENT_TYPE = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){1,3}$/;
export const VERSION = /^v[1-9][0-9]*$/;

/** `https://33god.dev/schemas/`, in front of every `$id` of ours. */
export const ID_BASE = "https://33god.dev/schemas/";

/** `fireflies.transcript.ready` in `v1` stands in `fireflies/transcript.ready.v1.schema.json`. */
export function fileNameOf(eventType: string, version: string): string {
  const dot = eventType.indexOf(".");
  return `${eventType.slice(0, dot)}/${eventType.slice(dot + 1)}.${version}.schema.json`;
}

/** The inverse of `fileNameOf`, or undefined where a name is not of that form. */
export function eventTypeOf(name: string): { eventType: string; version: string } | undefined {
  const match = /^([^/]+)\/(.+)\.(v[^./]+)\.schema\.json$/.exec(name);
  if (match === null) return undefined;
  const eventType = `${match[1]}.${match[2]}`;
  return EVENT_TYPE.test(eventType) && VERSION.test(match[3]!)
    ? { eventType, version: match[3]! }
    : undefined;
}

/** `artifact.ingestion.failed` → `ArtifactIngestionFailed`; the title of a contract and its name in code. */
export const pascalOf = (eventType: string): string =>
  eventType
    .split(/[._]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");

/** `v2` after `v1`, `v10` after `v9`. */
export const byVersion = (a: string, b: string): number => Number(a.slice(1)) - Number(b.slice(1));
