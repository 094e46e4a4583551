import { escapeToken } from "../json/pointer.js";
import { isObject } from "../json/value.js";
import { LIST_KEYWORDS, MAP_KEYWORDS, SCHEMA_KEYWORDS } from "./keywords.js";

/** JSON Schema 2020-12: an object of keywords, or `true` and `false`. */
export type Schema = boolean | SchemaObject;
export type SchemaObject = Readonly<Record<string, unknown>>;

export interface Child {
  readonly schema: unknown;
  /** JSON Pointer from the parent schema. */
  readonly pointer: string;
  readonly keyword: string;
  /** Judges the same value as the parent. */
  readonly inPlace: boolean;
}

/** The schemas directly inside this one. */
export function* children(schema: SchemaObject): Generator<Child> {
  for (const keyword of Object.keys(schema)) {
    const value = schema[keyword];
    if (Object.hasOwn(SCHEMA_KEYWORDS, keyword))
      yield { schema: value, pointer: `/${keyword}`, keyword, inPlace: SCHEMA_KEYWORDS[keyword]!.inPlace };
    else if (Object.hasOwn(LIST_KEYWORDS, keyword) && Array.isArray(value)) {
      const { inPlace } = LIST_KEYWORDS[keyword]!;
      for (const [index, schema] of value.entries())
        yield { schema, pointer: `/${keyword}/${index}`, keyword, inPlace };
    } else if (Object.hasOwn(MAP_KEYWORDS, keyword) && isObject(value)) {
      const { inPlace } = MAP_KEYWORDS[keyword]!;
      for (const name of Object.keys(value))
        yield { schema: value[name], pointer: `/${keyword}/${escapeToken(name)}`, keyword, inPlace };
    }
  }
}

/** Maps of schemas that only older drafts know. */
const OLD_MAPS: ReadonlySet<string> = new Set(["definitions", "dependencies"]);

/** The schema with each schema directly inside it changed. Names of members are names, also where they are keywords. */
export function withChildren(
  schema: SchemaObject,
  change: (inner: SchemaObject) => unknown,
): Record<string, unknown> {
  const changed = (inner: unknown): unknown =>
    Array.isArray(inner) ? inner.map(changed) : isObject(inner) ? change(inner) : inner;
  return Object.fromEntries(
    Object.entries(schema).map(([keyword, value]) => {
      if (Object.hasOwn(SCHEMA_KEYWORDS, keyword) || Object.hasOwn(LIST_KEYWORDS, keyword))
        return [keyword, changed(value)];
      if ((Object.hasOwn(MAP_KEYWORDS, keyword) || OLD_MAPS.has(keyword)) && isObject(value))
        return [
          keyword,
          Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, changed(inner)])),
        ];
      return [keyword, value];
    }),
  );
}

export interface Visit {
  readonly schema: SchemaObject;
  /** JSON Pointer from the root. */
  readonly pointer: string;
}

export interface PatternAt {
  readonly pattern: string;
  readonly pointer: string;
}

/** Every regular expression of one schema object: its `pattern`, and the names of its `patternProperties`. */
export function* ownPatterns({ schema, pointer }: Visit): Generator<PatternAt> {
  const { pattern, patternProperties } = schema;
  if (typeof pattern === "string") yield { pattern, pointer: `${pointer}/pattern` };
  if (isObject(patternProperties))
    for (const name of Object.keys(patternProperties))
      yield { pattern: name, pointer: `${pointer}/patternProperties/${escapeToken(name)}` };
}

/** Every regular expression in a file that is one. */
export function* patternsOf(root: unknown): Generator<PatternAt> {
  for (const visit of subschemas(root))
    for (const found of ownPatterns(visit)) if (isRegExp(found.pattern)) yield found;
}

function isRegExp(pattern: string): boolean {
  try {
    new RegExp(pattern, "u");
    return true;
  } catch {
    return false;
  }
}

/** Every schema object in a file, the root first. */
export function* subschemas(root: unknown, pointer = ""): Generator<Visit> {
  if (!isObject(root)) return;
  yield { schema: root, pointer };
  for (const child of children(root)) yield* subschemas(child.schema, pointer + child.pointer);
}
