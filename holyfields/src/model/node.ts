/**
 * What a schema says about shape, in a form that every generator reads: the keywords that all targets express
 * alike, and for the rest a `checked` node that keeps the schema itself. A generator turns nodes into types; what
 * a `checked` node holds is enforced by the evaluator that is generated along with them. Nothing is dropped.
 */
import type { Located } from "../schema/schema-set.js";

export interface Doc {
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly deprecated?: boolean | undefined;
}

export type Scalar = string | number | boolean | null;

export interface StringNode {
  readonly kind: "string";
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly pattern?: string | undefined;
  readonly format?: string | undefined;
}

export interface NumberNode {
  readonly kind: "number";
  readonly integer: boolean;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly exclusiveMinimum?: number | undefined;
  readonly exclusiveMaximum?: number | undefined;
  readonly multipleOf?: number | undefined;
}

export interface Property {
  readonly name: string;
  readonly required: boolean;
  readonly node: Node;
  readonly doc: Doc;
  /** The schema's `default`, where it has one. */
  readonly fallback?: { readonly value: unknown } | undefined;
}

export interface ObjectNode {
  readonly kind: "object";
  readonly properties: readonly Property[];
  /** What other members must be; `any` for an open object, `never` for a closed one. */
  readonly additional: Node;
  readonly minProperties?: number | undefined;
  readonly maxProperties?: number | undefined;
  readonly doc: Doc;
}

export interface ArrayNode {
  readonly kind: "array";
  readonly items: Node;
  readonly minItems?: number | undefined;
  readonly maxItems?: number | undefined;
  readonly uniqueItems: boolean;
}

export type Node =
  | { readonly kind: "any" }
  | { readonly kind: "never" }
  | { readonly kind: "boolean" }
  | { readonly kind: "null" }
  | { readonly kind: "literal"; readonly values: readonly Scalar[] }
  | StringNode
  | NumberNode
  | ArrayNode
  | ObjectNode
  /** Another definition, by its key. */
  | { readonly kind: "ref"; readonly key: string }
  | { readonly kind: "union"; readonly options: readonly Node[] }
  /** Shaped like `shape`, and kept by the whole schema at `at`. */
  | { readonly kind: "checked"; readonly shape: Node; readonly at: Located };

export const ANY: Node = { kind: "any" };
export const NEVER: Node = { kind: "never" };
