/** `bb schema`: the contracts. Works on the files, without a platform. */
import type { Define } from "../command.js";
import { defineSchemaGenerate } from "./schema-generate.js";
import { defineSchemaList } from "./schema-list.js";
import { defineSchemaShow } from "./schema-show.js";

export const defineSchema: Define = (parent, terminal) => {
  const schema = parent
    .command("schema")
    .summary("list, show, write and check contracts")
    .description(
      "Contracts: one JSON Schema 2020-12 file is one event type in one version. No platform is needed.",
    );
  defineSchemaList(schema, terminal);
  defineSchemaShow(schema, terminal);
  defineSchemaGenerate(schema, terminal);
  return schema;
};
