/** What every generator starts from: the definitions of some schema files, named and in an order that compiles. */
import { eventTypeOf } from "../catalog/event-type.js";
import { type Definition, ModelBuilder } from "../model/build.js";
import type { Node, ObjectNode } from "../model/node.js";
import type { SchemaFile, SchemaSet } from "../schema/schema-set.js";
import { nameDefinitions } from "./names.js";

export interface Model {
  readonly schemas: SchemaSet;
  /** Each after those that it refers to, as far as they do not refer back. */
  readonly definitions: readonly Definition[];
  readonly names: ReadonlyMap<string, string>;
  /** Keys of the definitions that refer to themselves, directly or not. */
  readonly recursive: ReadonlySet<string>;
  get(key: string): Definition;
}

/** An event's definition, with what generators treat specially. */
export interface EventDefinition {
  readonly definition: Definition;
  readonly eventType: string;
  readonly version: string;
  readonly node: ObjectNode;
  readonly payload: Node;
}

export function buildModel(schemas: SchemaSet, files: readonly SchemaFile[]): Model {
  const builder = new ModelBuilder(schemas);
  for (const file of files) builder.addFile(file);
  const { ordered, recursive } = order(builder);
  return {
    schemas,
    definitions: ordered,
    names: nameDefinitions(builder.definitions),
    recursive,
    get: (key) => builder.get(key)!,
  };
}

/** Every key that a node refers to. */
export function references(node: Node): string[] {
  switch (node.kind) {
    case "ref":
      return [node.key];
    case "array":
      return references(node.items);
    case "union":
      return node.options.flatMap(references);
    case "checked":
      return references(node.shape);
    case "object":
      return [
        ...node.properties.flatMap((property) => references(property.node)),
        ...references(node.additional),
      ];
    default:
      return [];
  }
}

function order(builder: ModelBuilder): { ordered: Definition[]; recursive: Set<string> } {
  const ordered: Definition[] = [];
  const state = new Map<string, "open" | "done">();
  const recursive = new Set<string>();
  const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
    references(builder.get(from)!.node).some(
      (key) => key === to || (!seen.has(key) && reaches(key, to, seen.add(key))),
    );
  const visit = (definition: Definition) => {
    if (state.has(definition.key)) return;
    state.set(definition.key, "open");
    for (const key of references(definition.node)) visit(builder.get(key)!);
    state.set(definition.key, "done");
    if (reaches(definition.key, definition.key)) recursive.add(definition.key);
    ordered.push(definition);
  };
  for (const definition of [...builder.definitions].sort((a, b) => (a.key < b.key ? -1 : 1)))
    visit(definition);
  return { ordered, recursive };
}

/** The definition as an event's, if its file is a contract and its shape that of an envelope. */
export function eventOf(definition: Definition): EventDefinition | undefined {
  const name = definition.at.pointer === "" ? eventTypeOf(definition.at.file.name) : undefined;
  const node = definition.node.kind === "checked" ? definition.node.shape : definition.node;
  if (name === undefined || node.kind !== "object") return undefined;
  const payload = node.properties.find((property) => property.name === "payload");
  return payload === undefined ? undefined : { definition, ...name, node, payload: payload.node };
}
