/** Names in generated code: the same for the same schemas, whatever else is generated beside them. */
import { eventTypeOf, pascalOf } from "../catalog/event-type.js";
import { HolyfieldsError } from "../errors.js";
import { pathOf } from "../json/pointer.js";
import type { Definition } from "../model/build.js";
import type { SchemaFile } from "../schema/schema-set.js";

/** Any text to PascalCase; never empty, never beginning with a digit. */
export function pascal(text: string): string {
  const name = text
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== "")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
  return /^[A-Za-z]/.test(name) ? name : `N${name}`;
}

/** `core/event-envelope.v1.schema.json` → `core/event-envelope.v1`. */
export const stemOf = (name: string): string => name.replace(/(\.schema)?\.json$/, "");

/** `ArtifactCreated`; `ArtifactCreatedV2` from the second version on; file names for what is no contract. */
export function fileTitle(file: SchemaFile): string {
  const contract = eventTypeOf(file.name);
  if (contract !== undefined)
    return pascalOf(contract.eventType) + (contract.version === "v1" ? "" : contract.version.toUpperCase());
  const stem = stemOf(file.name).split("/").at(-1)!;
  return pascal(stem.replace(/\.v1$/, ""));
}

/** A name for each definition. @throws HolyfieldsError NAME_COLLISION */
export function nameDefinitions(definitions: readonly Definition[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Map<string, Definition>();
  // An event's payload has a name of its own, also where it is what `$defs/payload` says.
  const payloads = new Set(
    definitions
      .filter(({ at }) => at.pointer === "" && eventTypeOf(at.file.name) !== undefined)
      .map(({ at }) => `${fileTitle(at.file)}Payload`),
  );
  for (const definition of definitions) {
    const { file, pointer } = definition.at;
    const path = pathOf(pointer).filter((token) => !["$defs", "properties", "definitions"].includes(token));
    const candidates = [fileTitle(file), pascal(stemOf(file.name))].map(
      (title) => title + path.map(pascal).join(""),
    );
    const name = candidates.find((candidate) => !taken.has(candidate) && !payloads.has(candidate));
    if (name === undefined)
      throw new HolyfieldsError(
        "NAME_COLLISION",
        `${candidates[0]} is also the name of ${taken.get(candidates[0]!)?.at.file.file ?? "an event's payload"}.`,
        {
          file: file.file,
          pointer,
          hint: "Rename one of the files.",
        },
      );
    names.set(definition.key, name);
    taken.set(name, definition);
  }
  return names;
}
