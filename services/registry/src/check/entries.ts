/** Checks that need nothing but the registry. */
import { derivedSections } from "../derive/sections.js";
import type { Finding } from "../finding.js";
import { queuesOf, type Registry, rolesOf, type ServiceEntry } from "../registry.js";

const CONVENTION = /^services\.[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$/;

export function checkEntries(registry: Registry): readonly Finding[] {
  return [
    ...Object.entries(registry.services).flatMap(([key, entry]) => checkEntry(key, entry)),
    ...duplicateQueues(registry),
    ...derivedAgree(registry),
  ];
}

function checkEntry(key: string, entry: ServiceEntry): readonly Finding[] {
  const at = `/services/${key}`;
  const found: Finding[] = [];
  const find = (
    rule: Finding["rule"],
    pointer: string,
    message: string,
    hint?: string,
    severity: Finding["severity"] = "error",
  ) =>
    found.push({
      rule,
      severity,
      pointer: at + pointer,
      message,
      service: key,
      ...(hint !== undefined && { hint }),
    });
  const { name, external = false, routing_keys = [], produces = [], queue_names, queue_variable } = entry;
  const roles = rolesOf(entry);
  if (name !== key) find("NAME_MISMATCH", "/name", `the entry ${key} calls itself ${name}`);
  if (roles.includes("event-consumer") !== routing_keys.length > 0)
    find(
      "ROLE_MISMATCH",
      "/type",
      `${key} is ${roles.join(" and ")}, and has ${routing_keys.length} routing keys`,
    );
  if (roles.includes("event-producer") !== produces.length > 0)
    find(
      "ROLE_MISMATCH",
      "/type",
      `${key} is ${roles.join(" and ")}, and produces ${produces.length} events`,
      produces.length > 0 ? "write [event-consumer, event-producer]" : "name in produces what it publishes",
      // A consumer that answers is called a consumer in the specification, too.
      produces.length > 0 ? "warning" : "error",
    );
  const queues = queuesOf(entry);
  // Candybar and its like read the platform's stream; only what runs by itself needs a queue.
  if (!external && routing_keys.length > 0 && queues.length === 0 && entry.endpoints === undefined)
    find("QUEUE_MISSING", "/queue_name", `${key} consumes ${routing_keys.join(", ")} from no queue`);
  if (queue_names !== undefined && queue_names.length !== routing_keys.length)
    find(
      "QUEUE_KEYS",
      "/queue_names",
      `${key} has ${queue_names.length} queues and ${routing_keys.length} routing keys`,
      "give each queue its routing key, in the same order",
    );
  if (queue_variable === undefined)
    for (const { queue } of queues)
      if (!CONVENTION.test(queue))
        find("QUEUE_NAME", "/queue_name", `"${queue}" is not called services.{domain}.{service_name}`);
  return found;
}

function duplicateQueues({ services }: Registry): readonly Finding[] {
  const owners = new Map<string, string>();
  const found: Finding[] = [];
  for (const [key, entry] of Object.entries(services))
    for (const { queue } of queuesOf(entry)) {
      const owner = owners.get(queue);
      if (owner === undefined) owners.set(queue, key);
      else
        found.push({
          rule: "QUEUE_DUPLICATE",
          severity: "error",
          pointer: `/services/${key}`,
          message: `${queue} belongs to ${owner} already`,
          service: key,
          hint: "two services on one queue would each get half of the events",
        });
    }
  return found;
}

function derivedAgree(registry: Registry): readonly Finding[] {
  const derived = derivedSections(registry);
  const disagreement = (section: "event_subscriptions" | "topology", name: string): readonly Finding[] => {
    const is = new Map(Object.entries(registry[section])).get(name);
    const should = new Map(Object.entries(derived[section])).get(name);
    if (same(is, should)) return [];
    const shown = (names: readonly string[] | undefined) => names?.join(", ") || "nobody";
    return [
      {
        rule: "DERIVED_SECTION",
        severity: "error",
        pointer: is === undefined ? `/${section}` : `/${section}/${name}`,
        message: `${section} says ${shown(is)} for ${name}; from the services follows ${shown(should)}`,
        hint: "run `node services/registry/derive.mjs`",
      },
    ];
  };
  return (["event_subscriptions", "topology"] as const).flatMap((section) =>
    [...new Set([...Object.keys(registry[section]), ...Object.keys(derived[section])])].flatMap((name) =>
      disagreement(section, name),
    ),
  );
}

function same(is: readonly string[] | undefined, should: readonly string[] | undefined): boolean {
  if (is === undefined || should === undefined) return is === should;
  return is.length === should.length && [...is].sort().join() === [...should].sort().join();
}
