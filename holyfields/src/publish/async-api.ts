/**
 * The catalog as an AsyncAPI 3 document. Its tools read draft-07 by default, so schemas are projected to that;
 * what draft-07 can't say is left to the 2020-12 original, which every message links to.
 */
import type { Contract } from "../contract.js";
import { isObject } from "../json/value.js";
import type { SchemaFile, SchemaSet } from "../schema/schema-set.js";
import { splitRef } from "../schema/schema-set.js";

export interface AsyncApiService {
  readonly name: string;
  readonly description?: string;
  /** Event types, not patterns. */
  readonly sends: readonly string[];
  readonly receives: readonly string[];
  readonly queues?: readonly string[];
}

export interface AsyncApiOptions {
  readonly catalog: { readonly contracts: readonly Contract[]; readonly schemas: SchemaSet };
  readonly title?: string;
  readonly version?: string;
  readonly exchange?: string;
  /** By name. */
  readonly servers?: Readonly<
    Record<string, { readonly host: string; readonly protocol: string; readonly description?: string }>
  >;
  readonly services?: readonly AsyncApiService[];
}

const nameOf = (text: string) => text.replaceAll(/[^A-Za-z0-9_-]/g, "_");

/** Keywords of 2020-12 that draft-07 does not have; the original keeps them. */
const UNKNOWN_TO_DRAFT_07 = new Set([
  "$schema",
  "$id",
  "$defs",
  "unevaluatedProperties",
  "unevaluatedItems",
  "minContains",
  "maxContains",
  "dependentSchemas",
]);

export function asyncApi(options: AsyncApiOptions): Record<string, unknown> {
  const { catalog, services = [], servers, exchange = "bloodbank.events.v1" } = options;
  const shared = new Map<string, unknown>();
  const byType = new Map<string, Contract[]>();
  for (const contract of catalog.contracts)
    byType.set(contract.eventType, [...(byType.get(contract.eventType) ?? []), contract]);
  const messages: Record<string, unknown> = {};
  const channels: Record<string, unknown> = {};
  for (const [eventType, contracts] of byType) {
    const refs: Record<string, unknown> = {};
    for (const contract of contracts) {
      const name = nameOf(`${eventType}.${contract.version}`);
      const file = catalog.schemas.byId(contract.id);
      if (file !== undefined)
        messages[name] = messageOf(contract, project(file.schema, file, catalog.schemas, shared));
      refs[name] = { $ref: `#/components/messages/${name}` };
    }
    channels[nameOf(eventType)] = {
      address: eventType,
      title: contracts.at(-1)!.title,
      description: contracts.at(-1)!.description,
      messages: refs,
      bindings: {
        amqp: {
          is: "routingKey",
          exchange: { name: exchange, type: "topic", durable: true, autoDelete: false },
          bindingVersion: "0.3.0",
        },
      },
    };
  }
  return {
    asyncapi: "3.0.0",
    info: {
      title: options.title ?? "Bloodbank",
      version: options.version ?? "0.1.0",
      description: "Every event that the bus carries, with who sends and who receives it.",
    },
    defaultContentType: "application/json",
    ...(servers === undefined ? {} : { servers }),
    channels,
    operations: operationsOf(services, byType),
    components: { messages, schemas: Object.fromEntries([...shared].sort(([a], [b]) => (a < b ? -1 : 1))) },
  };
}

function messageOf(contract: Contract, payload: unknown): Record<string, unknown> {
  return {
    name: contract.eventType,
    title: contract.title,
    summary: contract.description,
    contentType: "application/json",
    externalDocs: { description: "The contract in JSON Schema 2020-12", url: contract.id },
    ...(contract.stability === "deprecated" ? { tags: [{ name: "deprecated" }] } : {}),
    payload,
    examples: contract.examples.map((example, index) => ({ name: `example${index + 1}`, payload: example })),
  };
}

function operationsOf(
  services: readonly AsyncApiService[],
  byType: ReadonlyMap<string, readonly Contract[]>,
): Record<string, unknown> {
  const operations: Record<string, unknown> = {};
  for (const service of services)
    for (const [action, types] of [
      ["send", service.sends],
      ["receive", service.receives],
    ] as const)
      for (const eventType of types) {
        if (!byType.has(eventType)) continue;
        operations[nameOf(`${service.name}.${action}.${eventType}`)] = {
          action,
          title: `${service.name} ${action}s ${eventType}`,
          ...(service.description === undefined ? {} : { description: service.description }),
          channel: { $ref: `#/channels/${nameOf(eventType)}` },
          tags: [{ name: service.name }, ...(service.queues ?? []).map((queue) => ({ name: queue }))],
        };
      }
  return operations;
}

/** A schema as draft-07 says it; what it refers to goes into `shared`, once. */
function project(schema: unknown, file: SchemaFile, set: SchemaSet, shared: Map<string, unknown>): unknown {
  if (!isObject(schema)) return schema;
  const inner = (one: unknown) => project(one, file, set, shared);
  const out: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (UNKNOWN_TO_DRAFT_07.has(keyword) || keyword === "examples" || keyword === "x-invalid-examples")
      continue;
    if (keyword === "$ref") out.$ref = sharedRef(String(value), file, set, shared);
    else if (keyword === "prefixItems") out.items = (value as unknown[]).map(inner);
    else if (keyword === "items") out["prefixItems" in schema ? "additionalItems" : "items"] = inner(value);
    else if (keyword === "dependentRequired") out.dependencies = value;
    else if (["properties", "patternProperties"].includes(keyword) && isObject(value))
      out[keyword] = Object.fromEntries(Object.entries(value).map(([name, one]) => [name, inner(one)]));
    else if (["allOf", "anyOf", "oneOf"].includes(keyword) && Array.isArray(value))
      out[keyword] = value.map(inner);
    else if (
      ["additionalProperties", "contains", "propertyNames", "not", "if", "then", "else"].includes(keyword)
    )
      out[keyword] = inner(value);
    else out[keyword] = value;
  }
  // Draft-07 reads nothing beside a $ref.
  if ("$ref" in out && Object.keys(out).length > 1) {
    const { $ref, ...rest } = out;
    return { ...rest, allOf: [{ $ref }, ...((rest.allOf as unknown[]) ?? [])] };
  }
  return out;
}

function sharedRef(ref: string, from: SchemaFile, set: SchemaSet, shared: Map<string, unknown>): string {
  const target = set.resolve(from, ref);
  if (target === undefined) return ref;
  const { id } = splitRef(from.id, ref);
  const stem = (set.byId(id)?.name ?? "schema").replace(/\.schema\.json$/, "");
  const name = nameOf(`${stem}${target.pointer}`);
  if (!shared.has(name)) {
    shared.set(name, true);
    shared.set(name, project(target.schema, target.file, set, shared));
  }
  return `#/components/schemas/${name}`;
}
