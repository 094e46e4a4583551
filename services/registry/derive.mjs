// Writes event_subscriptions and topology of services/registry.yaml anew from its services.
import { readFileSync, writeFileSync } from "node:fs";
import { withDerivedSections } from "@33god/registry";

const file = new URL("../registry.yaml", import.meta.url);
writeFileSync(file, withDerivedSections(readFileSync(file, "utf8")));
