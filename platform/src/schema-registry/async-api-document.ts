import { topicMatcher } from "@33god/bloodbank";
import { CheckedCatalog, loadCatalog } from "@33god/holyfields";
import { queuesOf, type Registry } from "@33god/registry/entries";

/** Contracts and registry as AsyncAPI 3; the tools for it are loaded when somebody first asks. */
export async function asyncApiDocument(
  registry: Registry,
  exchange: string,
  version: string,
): Promise<unknown> {
  const { asyncApi } = await import("@33god/holyfields/tools");
  const catalog = loadCatalog();
  if (!(catalog instanceof CheckedCatalog)) throw new TypeError("the catalog has no schemas");
  const types = [...new Set(catalog.contracts.map(({ eventType }) => eventType))];
  const matching = (patterns: readonly string[] = []) => {
    const matchers = patterns.map((pattern) => topicMatcher(pattern));
    return types.filter((type) => matchers.some((matches) => matches(type)));
  };
  return asyncApi({
    catalog,
    version,
    exchange,
    services: Object.values(registry.services)
      .filter(({ status }) => status === "active")
      .map((entry) => ({
        name: entry.name,
        description: entry.description,
        sends: matching(entry.produces),
        receives: matching(entry.routing_keys),
        queues: queuesOf(entry).map(({ queue }) => queue),
      })),
  });
}
