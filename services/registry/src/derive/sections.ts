/** The two sections that follow from the services. */
import { LAYERS, type Layer, layerOf, type Registry, type ServiceEntry } from "../registry.js";

export interface DerivedSections {
  readonly event_subscriptions: Readonly<Record<string, readonly string[]>>;
  readonly topology: Readonly<Record<Layer, readonly string[]>>;
}

/** Routing keys in alphabetical order, names in the registry's order. */
export function derivedSections(registry: Pick<Registry, "services">): DerivedSections {
  const services: readonly (readonly [string, ServiceEntry])[] = Object.entries(registry.services);
  const subscriptions = new Map<string, string[]>();
  for (const [name, { routing_keys = [] }] of services)
    for (const key of routing_keys) subscriptions.set(key, [...(subscriptions.get(key) ?? []), name]);
  const layers = LAYERS.map(
    (layer) =>
      [layer, services.filter(([, entry]) => layerOf(entry) === layer).map(([name]) => name)] as const,
  );
  return {
    event_subscriptions: Object.fromEntries([...subscriptions].sort(([a], [b]) => (a < b ? -1 : 1))),
    // `LAYERS` is every layer there is.
    topology: Object.fromEntries(layers) as Record<Layer, string[]>,
  };
}
