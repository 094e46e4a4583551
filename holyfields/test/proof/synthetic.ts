/** Schemas that together use every keyword which lint admits, each with values to start mutations from. */
import { composed } from "./synthetic-composed.js";
import { ofOneKind } from "./synthetic-kinds.js";

export interface Synthetic {
  readonly name: string;
  readonly schema: Record<string, unknown>;
  readonly seeds: readonly unknown[];
}

/** With the `$id` and `$schema` that files have. */
export const synthetic: readonly Synthetic[] = [...ofOneKind, ...composed].map(({ name, schema, seeds }) => ({
  name,
  seeds,
  schema: {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: `https://example.com/synthetic/${name}.schema.json`,
    ...schema,
  },
}));
