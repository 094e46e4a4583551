/** The registry against the catalog: every key is known, everything consumed has a producer. */
import type { Finding } from "../finding.js";
import type { Registry } from "../registry.js";
import { overlap } from "./routing.js";

/** Candystore's own; it never stores or publishes them through the bus. */
const RESERVED = "event_store.#";

export function checkContracts(registry: Registry, eventTypes: readonly string[]): readonly Finding[] {
  const entries = Object.entries(registry.services);
  const known = (key: string) => eventTypes.some((type) => overlap(key, type));
  const produced = entries.flatMap(([, { produces = [] }]) => produces);
  const found: Finding[] = [];
  for (const [service, { routing_keys = [], produces = [] }] of entries) {
    routing_keys.forEach((key, index) => {
      const pointer = `/services/${service}/routing_keys/${index}`;
      if (!known(key))
        found.push({
          rule: "UNKNOWN_ROUTING_KEY",
          severity: "error",
          pointer,
          message: `${service} consumes ${key}, which matches no contract`,
          service,
          hint: `add the contract with \`bb schema new ${key}\`, or correct the key`,
        });
      else if (!produced.some((made) => overlap(made, key)))
        found.push({
          rule: "NEVER_PRODUCED",
          severity: "error",
          pointer,
          message: `${service} consumes ${key}, which nobody produces`,
          service,
          hint: "name it in its producer's entry, or under `external`",
        });
    });
    produces.forEach((key, index) => {
      if (!known(key))
        found.push({
          rule: "UNKNOWN_PRODUCED",
          severity: "error",
          pointer: `/services/${service}/produces/${index}`,
          message: `${service} produces ${key}, which has no contract`,
          service,
          hint: `add the contract with \`bb schema new ${key}\``,
        });
    });
  }
  for (const type of eventTypes)
    if (!overlap(RESERVED, type) && !produced.some((made) => overlap(made, type)))
      found.push({
        rule: "NOBODY_PRODUCES",
        severity: "warning",
        pointer: "/services",
        message: `nobody produces ${type}`,
      });
  return found;
}
