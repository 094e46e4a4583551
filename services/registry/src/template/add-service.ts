import { isMap, isScalar, isSeq, parseDocument } from "yaml";
import { withDerivedSections } from "../derive/rewrite.js";
import type { ServiceEntry } from "../registry.js";

/**
 * The registry's text with an event type that somebody outside produces: it goes to the entry `external`, which is
 * there for what nobody registered here produces.
 */
export function withExternalProducer(text: string, eventType: string): string {
  const document = parseDocument(text);
  const produces = document.getIn(["services", "external", "produces"]);
  if (!isSeq(produces)) throw new RangeError("the registry has no entry `external` that produces something");
  if (!produces.items.some((item) => isScalar(item) && item.value === eventType))
    produces.add(document.createNode(eventType));
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

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
