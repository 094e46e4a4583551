/** `bb schema new`: a contract that lints, to be filled in. */
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { EVENT_TYPE, fileNameOf, ID_BASE, pascalOf, VERSION } from "../catalog/event-type.js";
import { loadSchemaSet } from "../catalog/load.js";
import { HolyfieldsError } from "../errors.js";
import { makeFolder } from "../files/make-folder.js";
import { ownSchemasDir } from "../schema/read-files.js";

export interface ScaffoldOptions {
  readonly eventType: string;
  /** Default: the one after the newest that there is, `v1` where there is none. */
  readonly version?: string;
  /** One sentence: what has happened. */
  readonly description?: string;
  /** Default: the event type's domain. */
  readonly owner?: string;
  readonly schemasDir?: string;
}

export interface Scaffold {
  readonly eventType: string;
  readonly version: string;
  /** Absolute path of the file to write. */
  readonly file: string;
  readonly text: string;
}

/** Numbers of the versions that there are. */
function versionsOf(eventType: string, schemasDir: string): number[] {
  const versions: number[] = [];
  for (let n = 1; existsSync(path.join(schemasDir, fileNameOf(eventType, `v${n}`))); n += 1) versions.push(n);
  return versions;
}

/**
 * The file for a new contract, not yet written. A new version begins as a copy of the one before it.
 *
 * @throws HolyfieldsError `EVENT_TYPE_INVALID`, or `FILE_EXISTS`.
 */
export function scaffoldSchema(options: ScaffoldOptions): Scaffold {
  const { eventType, schemasDir = ownSchemasDir } = options;
  if (!EVENT_TYPE.test(eventType))
    throw new HolyfieldsError("EVENT_TYPE_INVALID", `${JSON.stringify(eventType)} is not an event type.`, {
      hint: "Write two to four words with dots between: domain.entity.action, each of lower-case letters, digits and underscores.",
    });
  const known = versionsOf(eventType, schemasDir);
  const version = options.version ?? `v${(known.at(-1) ?? 0) + 1}`;
  if (!VERSION.test(version))
    throw new HolyfieldsError("EVENT_TYPE_INVALID", `${JSON.stringify(version)} is not a version.`, {
      hint: "Write v1, v2, …",
    });
  const file = path.join(schemasDir, fileNameOf(eventType, version));
  if (existsSync(file))
    throw new HolyfieldsError("FILE_EXISTS", `${eventType} ${version} is there already.`, {
      file,
      hint: "Change the file, or give another version.",
    });
  const schema = known.includes(Number(version.slice(1)) - 1)
    ? nextVersion(eventType, version, schemasDir)
    : firstVersion(options, version);
  return { eventType, version, file, text: `${JSON.stringify(schema, null, 2)}\n` };
}

/** Writes it. Returns the file. */
export function writeScaffold({ file, text }: Scaffold): string {
  makeFolder(path.dirname(file));
  writeFileSync(file, text, { flag: "wx" });
  return file;
}

function firstVersion(
  { eventType, description, owner }: ScaffoldOptions,
  version: string,
): Record<string, unknown> {
  const example = (n: number, payload: Record<string, unknown>) => ({
    event_id: `0190f5c4-7b1e-7c3a-8f00-00000000000${n}`,
    event_type: eventType,
    timestamp: `2026-01-0${n}T09:00:00.000Z`,
    version,
    source: { host: "laptop", type: "manual", app: "example" },
    correlation_ids: [],
    agent_context: null,
    payload,
  });
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: `${ID_BASE}${fileNameOf(eventType, version)}`,
    title: pascalOf(eventType) + (version === "v1" ? "" : version.toUpperCase()),
    description: description ?? `${eventType} has happened.`,
    "x-owner": owner ?? eventType.slice(0, eventType.indexOf(".")),
    "x-stability": "draft",
    allOf: [{ $ref: "../core/event-envelope.v1.schema.json" }],
    type: "object",
    properties: {
      event_type: { const: eventType },
      version: { const: version },
      payload: {
        type: "object",
        description: `The payload of ${eventType}.`,
        required: ["id"],
        properties: {
          id: { type: "string", description: "What it happened to.", minLength: 1 },
          note: { type: "string", description: "Anything to say about it." },
        },
      },
    },
    required: ["event_type", "version", "payload"],
    examples: [example(1, { id: "a-1", note: "The first one." }), example(2, { id: "a-2" })],
  };
}

function nextVersion(eventType: string, version: string, schemasDir: string): Record<string, unknown> {
  const name = fileNameOf(eventType, `v${Number(version.slice(1)) - 1}`);
  const before = loadSchemaSet(schemasDir).files.find((file) => file.name === name)!;
  // What became of the one before is not said of the new one.
  const {
    "x-deprecated-since": _,
    "x-retired-since": __,
    ...schema
  } = structuredClone(before.schema) as Record<string, never> & { properties: { version: unknown } };
  const lists = ["examples", "x-invalid-examples"].filter((name) => Array.isArray(schema[name]));
  const examples = (name: string) =>
    (schema[name] as unknown as object[]).map((one) => ({ ...one, version }));
  return {
    ...schema,
    $id: String(schema.$id).replace(/[^/]*$/, fileNameOf(eventType, version).split("/")[1]!),
    title: pascalOf(eventType) + version.toUpperCase(),
    "x-stability": "draft",
    properties: { ...schema.properties, version: { const: version } },
    ...Object.fromEntries(lists.map((name) => [name, examples(name)])),
  };
}
