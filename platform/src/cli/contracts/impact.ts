/** Whom a changed contract concerns: the registered consumers, and what is recorded already. */
import type { SubjectCheck } from "@33god/holyfields/tools";
import type { EventPage } from "../api/answers.js";
import type { PlatformClient } from "../api/client.js";
import { CliError } from "../errors.js";
import { findRegistryFile } from "../registry/find-registry.js";

export interface Impact {
  readonly consumers: readonly string[];
  readonly events?: { readonly looked: number; readonly broken: number };
}

const LOOKED = 1_000;

export async function impactOf(
  { subject, change }: SubjectCheck,
  cwd: string,
  schemasDir: string | undefined,
  client: PlatformClient | undefined,
): Promise<Impact> {
  const at = subject.lastIndexOf(".");
  const [eventType, version] = [subject.slice(0, at), subject.slice(at + 1)];
  const consumers = await consumersOf(eventType, cwd);
  if (client === undefined || change === "added" || change === "removed") return { consumers };
  const { loadCatalog } = await import("@33god/holyfields");
  const catalog = loadCatalog(schemasDir === undefined ? {} : { schemasDir });
  const query = new URLSearchParams({ type: eventType, version, limit: String(LOOKED) });
  const { events } = await client.json<EventPage>(`/api/v1/events?${query}`);
  const broken = events.filter(({ event, valid }) => valid && !catalog.validate(event).valid).length;
  return { consumers, events: { looked: events.length, broken } };
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
