/** The registry as it stands in `services/registry.yaml`, and who is to start what. */

export const LAYERS = [
  "infrastructure",
  "event_producers",
  "external_sources",
  "collectors",
  "processors",
  "orchestrators",
  "notifiers",
  "error_handlers",
] as const;

export type Layer = (typeof LAYERS)[number];
export type Role = "event-consumer" | "event-producer";

/** One entry, as written; with its layer, where it names none. */
export interface ServiceEntry {
  readonly name: string;
  readonly description: string;
  readonly type: Role | readonly Role[];
  readonly layer: Layer;
  readonly queue_name?: string;
  readonly queue_names?: readonly string[];
  readonly queue_variable?: string;
  readonly routing_keys?: readonly string[];
  readonly produces?: readonly string[];
  readonly status: "active" | "planned" | "deprecated";
  readonly external?: boolean;
  readonly owner: string;
  readonly tags?: readonly string[];
  readonly endpoints?: Readonly<Record<string, string>>;
  readonly run?: RunEntry;
}

export interface RunEntry {
  /** Relative to the registry's folder. */
  readonly folder: string;
  readonly command: readonly string[];
  readonly language?: "typescript" | "python";
  /** Folders of the platform that it writes to. */
  readonly writes?: readonly "vault"[];
}

export interface Registry {
  readonly version: string;
  readonly exchange: string;
  readonly services: Readonly<Record<string, ServiceEntry>>;
  readonly event_subscriptions: Readonly<Record<string, readonly string[]>>;
  readonly topology: Readonly<Record<Layer, readonly string[]>>;
}

export function rolesOf({ type }: Pick<ServiceEntry, "type">): readonly Role[] {
  return typeof type === "string" ? [type] : type;
}

/** The layer that an entry names, or the one where services of its kind stand. */
export const layerOf = (entry: Omit<ServiceEntry, "layer"> & { readonly layer?: Layer }): Layer =>
  entry.layer ?? (rolesOf(entry).includes("event-consumer") ? "processors" : "event_producers");

/** A queue and what it is bound with; nothing for a work queue. */
export interface QueueEntry {
  readonly queue: string;
  readonly routingKeys: readonly string[];
}

/** One queue takes all routing keys; of several, the n-th takes the n-th. */
export function queuesOf(entry: ServiceEntry): readonly QueueEntry[] {
  const keys = entry.routing_keys ?? [];
  if (entry.queue_name !== undefined) return [{ queue: entry.queue_name, routingKeys: keys }];
  return (entry.queue_names ?? []).map((queue, index) => ({
    queue,
    routingKeys: keys.slice(index, index + 1),
  }));
}

/** What `bb up` starts: active, here, and with a command. */
export function startable(registry: Registry): readonly (ServiceEntry & { readonly run: RunEntry })[] {
  return Object.values(registry.services).filter(
    (entry): entry is ServiceEntry & { readonly run: RunEntry } =>
      entry.status === "active" && entry.external !== true && entry.run !== undefined,
  );
}
