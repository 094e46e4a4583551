import { parseDocument } from "yaml";
import type { Registry } from "../registry.js";
import { derivedSections } from "./sections.js";

/** The registry's text with its derived sections written anew; all else, comments too, stays as it was. */
export function withDerivedSections(text: string): string {
  const document = parseDocument(text);
  const registry: Pick<Registry, "services"> = document.toJS();
  const { event_subscriptions, topology } = derivedSections(registry);
  document.set("event_subscriptions", document.createNode(event_subscriptions));
  document.set("topology", document.createNode(topology));
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}
