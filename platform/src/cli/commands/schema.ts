/** `bb schema`: the contracts. Works on the files, without a platform. */
import type { Define } from "../command.js";
import { defineSchemaCheck } from "./schema-check.js";
import { defineSchemaCompare } from "./schema-compare.js";
import { defineSchemaGenerate } from "./schema-generate.js";
import { defineSchemaList } from "./schema-list.js";
import { defineSchemaShow } from "./schema-show.js";
import { defineSchemaDocs, defineSchemaLint, defineSchemaNew } from "./schema-write.js";

export const defineSchema: Define = (parent, terminal) => {
  const schema = parent
    .command("schema")
    .summary("list, show, write and check contracts")
    .description(
      "Contracts: one JSON Schema 2020-12 file is one event type in one version. No platform is needed.",
    );
  defineSchemaList(schema, terminal);
  defineSchemaShow(schema, terminal);
  defineSchemaNew(schema, terminal);
  defineSchemaLint(schema, terminal);
  defineSchemaCheck(schema, terminal);
  defineSchemaCompare(schema, terminal);
  defineSchemaGenerate(schema, terminal);
  defineSchemaDocs(schema, terminal);
  return schema;
};
