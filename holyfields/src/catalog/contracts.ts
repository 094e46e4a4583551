/**
 * From schema files to contracts. A file that contradicts itself (name, folder, `$id`, consts) is refused here,
 * with the place and what to do: a catalog that loads is one that means what it says.
 */
import type { Contract, EventEnvelope, Stability } from "../contract.js";
import { type ErrorPlace, HolyfieldsError } from "../errors.js";
import { follow } from "../json/pointer.js";
import { isObject } from "../json/value.js";
import type { SchemaFile } from "../schema/schema-set.js";
import { eventTypeOf, fileNameOf } from "./event-type.js";

const STABILITIES: readonly string[] = ["draft", "stable", "deprecated", "retired"];

/** Files that other schemas refer to, and that are no events themselves. */
export const isShared = (file: SchemaFile): boolean => file.name.startsWith("core/");

function misnamed(file: SchemaFile, sentence: string, place: ErrorPlace = {}): HolyfieldsError {
  return new HolyfieldsError("SCHEMA_MISNAMED", sentence, { file: file.file, ...place });
}

function constOf(file: SchemaFile, name: "event_type" | "version", expected: string): void {
  const pointer = `/properties/${name}/const`;
  const found = follow(file.schema, pointer);
  if (found !== expected)
    throw misnamed(
      file,
      `${name} is pinned to ${JSON.stringify(found)}, but the file's name says ${expected}.`,
      {
        pointer,
        hint: `Write "${expected}" there, or rename the file.`,
      },
    );
}

const textOf = (file: SchemaFile, keyword: string, fallback: string): string => {
  const value = file.schema[keyword];
  return typeof value === "string" ? value : fallback;
};

function examplesOf(file: SchemaFile, eventType: string, version: string): readonly EventEnvelope[] {
  const { examples = [] } = file.schema;
  if (!Array.isArray(examples))
    throw new HolyfieldsError("EXAMPLE_INVALID", "examples is not a list.", {
      file: file.file,
      pointer: "/examples",
      hint: "Write a list of whole events.",
    });
  for (const [index, example] of examples.entries())
    if (!isObject(example) || example.event_type !== eventType || example.version !== version)
      throw new HolyfieldsError(
        "EXAMPLE_INVALID",
        `Example ${index} is no event of ${eventType} ${version}.`,
        {
          file: file.file,
          pointer: `/examples/${index}`,
          hint: "An example is a whole event, with its envelope.",
        },
      );
  return examples as readonly EventEnvelope[];
}

/** The contract that a file holds. Throws `HolyfieldsError` where the file contradicts itself. */
export function contractOf(file: SchemaFile): Contract {
  const name = eventTypeOf(file.name);
  if (name === undefined)
    throw misnamed(file, "The file's name is not <domain>/<entity>.<action>.v<N>.schema.json.", {
      hint: "Words begin with a letter and go on with letters, digits and underscores; `bb schema new` names files.",
    });
  const { eventType, version } = name;
  const id = file.schema.$id;
  const ending = `/${fileNameOf(eventType, version)}`;
  if (typeof id !== "string" || !id.endsWith(ending) || !URL.canParse(id))
    throw misnamed(file, `$id ${JSON.stringify(id)} is not a URL that ends with ${ending}.`, {
      pointer: "/$id",
      hint: `Write "https://33god.dev/schemas${ending}".`,
    });
  constOf(file, "event_type", eventType);
  constOf(file, "version", version);
  const stability = textOf(file, "x-stability", "draft");
  if (!STABILITIES.includes(stability))
    throw new HolyfieldsError("SCHEMA_INVALID", `x-stability ${JSON.stringify(stability)} is unknown.`, {
      file: file.file,
      pointer: "/x-stability",
      hint: `Write one of ${STABILITIES.join(", ")}.`,
    });
  return {
    eventType,
    version,
    id,
    title: textOf(file, "title", eventType),
    description: textOf(file, "description", ""),
    owner: textOf(file, "x-owner", "unowned"),
    stability: stability as Stability,
    examples: examplesOf(file, eventType, version),
    schema: file.schema,
    file: file.file,
  };
}
