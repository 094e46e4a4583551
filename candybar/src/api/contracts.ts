/**
 * What Holyfields' generated Zod says of an event that arrives. Loaded after the first paint, as its own chunk; until
 * then nothing is known, which is not the same as nothing wrong.
 */
import type { StoredEvent, Violation } from "./schemas.js";

type Generated = typeof import("@33god/holyfields/events");

let generated: Generated | undefined;
let loading: Promise<void> | undefined;

/** Resolves when events can be checked. One that cannot be loaded is asked for again by the next caller. */
export function loadContracts(): Promise<void> {
  loading ??= import("@33god/holyfields/events").then(
    (module) => {
      generated = module;
    },
    () => {
      loading = undefined;
    },
  );
  return loading;
}

/**
 * Where an event that the platform calls valid breaks the contract that this page was built with; empty where it keeps
 * it, `undefined` where that is not known (yet). A type or version that is younger than the page is held against the
 * envelope alone. What the platform calls invalid is not asked about: it is marked already.
 */
export function doubtsOf(stored: StoredEvent): readonly Violation[] | undefined {
  if (generated === undefined || !stored.valid) return undefined;
  const { EVENTS, EventEnvelope } = generated;
  const newest = Object.hasOwn(EVENTS, stored.event_type)
    ? EVENTS[stored.event_type as keyof typeof EVENTS]
    : undefined;
  const known = newest !== undefined && newest.shape.version.value === stored.version;
  const { error } = (known ? newest : EventEnvelope).safeParse(stored.event);
  return (error?.issues ?? []).map(({ path, code, message }) => ({
    pointer: path.map((name) => `/${String(name).replaceAll("~", "~0").replaceAll("/", "~1")}`).join(""),
    keyword: code ?? "",
    message,
  }));
}
