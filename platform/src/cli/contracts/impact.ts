/** Whom a changed contract concerns: the registered consumers, and what is recorded already. */
import type { SubjectCheck } from "@33god/holyfields/tools";
import type { EventPage } from "../api/answers.js";
import type { PlatformClient } from "../api/client.js";
import { CliError } from "../errors.js";
import { findRegistryFile } from "../registry/find-registry.js";

export interface Impact {
  readonly consumers: readonly string[];
  readonly events?: RecordedEvents;
}

/** Of the recorded events that kept the contract as it was, how many would break it now. */
export interface RecordedEvents {
  readonly days: number;
  readonly looked: number;
  readonly broken: number;
  /** False where there are more events than are looked at. */
  readonly complete: boolean;
}

/** Where recorded events are, and how far back they are looked at. */
export interface Recorded {
  readonly client: PlatformClient;
  readonly days: number;
}

const PAGE = 1_000;
const MOST_PAGES = 100;
const DAY = 86_400_000;

export async function impactOf(
  { subject, change }: SubjectCheck,
  cwd: string,
  schemasDir: string | undefined,
  recorded: Recorded | undefined,
): Promise<Impact> {
  const at = subject.lastIndexOf(".");
  const [eventType, version] = [subject.slice(0, at), subject.slice(at + 1)];
  const consumers = await consumersOf(eventType, cwd);
  if (recorded === undefined || change === "added" || change === "removed") return { consumers };
  const { loadCatalog } = await import("@33god/holyfields");
  const catalog = loadCatalog(schemasDir === undefined ? {} : { schemasDir });
  const { client, days } = recorded;
  const since = new Date(Date.now() - days * DAY).toISOString();
  const query = new URLSearchParams({
    type: eventType,
    version,
    since,
    order: "newest",
    limit: String(PAGE),
  });
  let [looked, broken, cursor]: [number, number, string | null | undefined] = [0, 0, undefined];
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { events, next_cursor } = await client.json<EventPage>(`/api/v1/events?${query}`);
    looked += events.length;
    broken += events.filter(({ event, valid }) => valid && !catalog.validate(event).valid).length;
    cursor = events.length === 0 ? undefined : next_cursor;
    if (!cursor) break;
    query.set("cursor", cursor);
  }
  return { consumers, events: { days, looked, broken, complete: !cursor } };
}

async function consumersOf(eventType: string, cwd: string): Promise<readonly string[]> {
  try {
    const { file } = findRegistryFile(cwd, undefined);
    const { loadRegistry, overlap } = await import("@33god/registry");
    const { registry } = loadRegistry(file);
    return Object.values(registry?.services ?? {})
      .filter(({ routing_keys = [] }) => routing_keys.some((key) => overlap(key, eventType)))
      .map(({ name }) => name);
  } catch (error) {
    // Contracts may be checked where there is no registry.
    if (error instanceof CliError) return [];
    throw error;
  }
}
