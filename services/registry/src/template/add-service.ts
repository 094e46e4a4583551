import { isMap, parseDocument } from "yaml";
import { withDerivedSections } from "../derive/rewrite.js";
import type { ServiceEntry } from "../registry.js";

/**
 * The registry's text with one more service, and its derived sections as they follow; comments stay. Throws a
 * RangeError where the name is taken.
 */
export function withService(text: string, entry: ServiceEntry): string {
  const document = parseDocument(text);
  const services = document.get("services");
  if (!isMap(services)) throw new RangeError("the registry has no services");
  if (services.has(entry.name)) throw new RangeError(`the registry has a service ${entry.name} already`);
  const pair = document.createPair(entry.name, entry);
  services.add(pair);
  return withDerivedSections(document.toString({ lineWidth: 0, flowCollectionPadding: false }));
}

/** `services.{domain}.{service_name}`, from the domain and the name in kebab-case. */
export function queueName(domain: string, service: string): string {
  const word = (text: string) => text.toLowerCase().replace(/[^a-z0-9]+/g, "_");
  const own = service.startsWith(`${domain}-`) ? service.slice(domain.length + 1) : service;
  return `services.${word(domain)}.${word(own)}`;
}
