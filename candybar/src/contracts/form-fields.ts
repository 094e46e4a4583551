/** A contract's payload as the fields of a form, and what becomes of the event when one of them is filled. */

export type Schema = Readonly<Record<string, unknown>>;

export interface FormField {
  readonly name: string;
  /** JSON Pointer into the event, as violations name it. */
  readonly pointer: string;
  readonly path: readonly string[];
  readonly kind: "text" | "number" | "flag" | "choice" | "fixed" | "group" | "json";
  readonly required: boolean;
  readonly nullable: boolean;
  readonly hint: string;
  readonly choices: readonly unknown[];
  readonly members: readonly FormField[];
}

const isObject = (value: unknown): value is Schema =>
  value !== null && typeof value === "object" && !Array.isArray(value);

const escaped = (name: string) => name.replaceAll("~", "~0").replaceAll("/", "~1");

/** A reference inside the same file; any other is left alone, and its field is filled as JSON. */
function resolved(schema: Schema, root: Schema): Schema {
  const { $ref } = schema;
  if (typeof $ref !== "string" || !$ref.startsWith("#/")) return schema;
  const target = $ref
    .slice(2)
    .split("/")
    .map((token) => decodeURIComponent(token).replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce<unknown>((at, token) => (isObject(at) ? at[token] : undefined), root);
  return isObject(target) ? { ...target, ...schema, $ref: undefined } : schema;
}

const SCALARS: Readonly<Record<string, FormField["kind"]>> = {
  string: "text",
  number: "number",
  integer: "number",
  boolean: "flag",
};

function fieldOf(name: string, given: Schema, path: readonly string[], required: boolean, root: Schema) {
  const schema = resolved(given, root);
  const types = [schema.type].flat().filter((type): type is string => typeof type === "string");
  const nullable = types.includes("null");
  const [type, ...others] = types.filter((one) => one !== "null");
  const combined = ["anyOf", "oneOf", "allOf", "if", "$ref"].some((word) => schema[word] !== undefined);
  const members =
    type === "object" && !combined && isObject(schema.properties) ? membersOf(schema, path, root) : [];
  const kind = (): FormField["kind"] => {
    if ("const" in schema) return "fixed";
    if (Array.isArray(schema.enum)) return "choice";
    if (combined || type === undefined || others.length > 0) return "json";
    return members.length > 0 && !nullable ? "group" : (SCALARS[type] ?? "json");
  };
  const field: FormField = {
    name,
    pointer: `/${path.map(escaped).join("/")}`,
    path,
    kind: kind(),
    required,
    nullable,
    hint: typeof schema.description === "string" ? schema.description : "",
    choices: "const" in schema ? [schema.const] : Array.isArray(schema.enum) ? schema.enum : [],
    members,
  };
  return field;
}

function membersOf(schema: Schema, path: readonly string[], root: Schema): FormField[] {
  const required: readonly unknown[] = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries((schema.properties ?? {}) as Schema)
    .filter((entry): entry is [string, Schema] => isObject(entry[1]))
    .map(([name, inner]) => fieldOf(name, inner, [...path, name], required.includes(name), root));
}

/**
 * The fields of a payload: those of the contract first, then what the event has besides. None where the contract does
 * not say what its members are.
 */
export function formFields(eventSchema: Schema, event: unknown): readonly FormField[] {
  const payload = isObject(eventSchema.properties) ? eventSchema.properties.payload : undefined;
  if (!isObject(payload)) return [];
  const declared = membersOf(resolved(payload, eventSchema), ["payload"], eventSchema);
  if (declared.length === 0) return [];
  const known = new Set(declared.map(({ name }) => name));
  const present = valueAt(event, ["payload"]);
  const others = Object.keys(isObject(present) ? present : {})
    .filter((name) => !known.has(name))
    .map((name) => fieldOf(name, {}, ["payload", name], false, eventSchema));
  return [...declared, ...others];
}

export function valueAt(event: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, name) => (isObject(at) ? at[name] : undefined), event);
}

/** A copy of the event with that value; `undefined` takes the member away. */
export function withValue(event: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  const { [name]: before, ...others } = isObject(event) ? event : {};
  const inner = rest.length === 0 ? value : withValue(before, rest, value);
  if (inner === undefined) return others;
  // Members keep their order: a person who compares the two finds what was changed.
  if (!isObject(event) || !(name in event)) return { ...others, [name]: inner };
  return Object.fromEntries(Object.entries(event).map(([key, old]) => [key, key === name ? inner : old]));
}
