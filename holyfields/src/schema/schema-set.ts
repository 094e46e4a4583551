/**
 * The schema files that may refer to one another, by `$id`. Everything that follows a `$ref` asks here, so the
 * verdict, the lint, the generators and the checker can't disagree about where a reference leads.
 */
import { follow } from "../json/pointer.js";
import { isObject } from "../json/value.js";
import type { Schema, SchemaObject } from "./walk.js";

export interface SchemaFile {
  /** Path as it was found. */
  readonly file: string;
  /** Path below the schemas' folder, with `/`. */
  readonly name: string;
  readonly id: string;
  readonly schema: SchemaObject;
}

/** A schema together with where it stands: its file, and the pointer in it. */
export interface Located {
  readonly file: SchemaFile;
  readonly pointer: string;
  readonly schema: Schema;
}

export class SchemaSet {
  readonly files: readonly SchemaFile[];
  readonly #byId: ReadonlyMap<string, SchemaFile>;

  constructor(files: readonly SchemaFile[]) {
    this.files = files;
    this.#byId = new Map(files.map((file) => [file.id, file]));
  }

  byId(id: string): SchemaFile | undefined {
    return this.#byId.get(id);
  }

  /** Where a `$ref` leads that stands in this file, or undefined where it leads to nothing. */
  resolve(from: SchemaFile, ref: string): Located | undefined {
    const { id, pointer } = splitRef(from.id, ref);
    const file = id === from.id ? from : this.#byId.get(id);
    if (file === undefined || pointer === undefined) return undefined;
    const schema = follow(file.schema, pointer);
    return isObject(schema) || typeof schema === "boolean" ? { file, pointer, schema } : undefined;
  }
}

/** The absolute `$id` and the pointer of a reference; the pointer is undefined where it is an anchor. */
export function splitRef(base: string, ref: string): { id: string; pointer: string | undefined } {
  const hash = ref.indexOf("#");
  const before = hash < 0 ? ref : ref.slice(0, hash);
  const fragment = hash < 0 ? "" : ref.slice(hash + 1);
  let id = base;
  if (before !== "") {
    try {
      id = new URL(before, base).href;
    } catch {
      id = before;
    }
  }
  let pointer: string | undefined;
  try {
    pointer = decodeURIComponent(fragment);
  } catch {
    pointer = undefined;
  }
  return { id, pointer: pointer === "" || pointer?.startsWith("/") ? pointer : undefined };
}
