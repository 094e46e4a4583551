/** A payload's fields, one line each, from its schema: for a person, who reads the schema itself for the rest. */

export interface Field {
  /** `speakers[].name` */
  readonly path: string;
  readonly required: boolean;
  readonly type: string;
  readonly limits: string;
  readonly description: string;
}

type Schema = Readonly<Record<string, unknown>>;

const isSchema = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function outline(event: Schema): readonly Field[] {
  return [...fields(payloadOf(event), "", 0)];
}

/** The event's schema composes the envelope, so the payload may stand in a branch of `allOf`. */
function payloadOf(schema: Schema): Schema {
  const properties = isSchema(schema.properties) ? schema.properties : {};
  if (isSchema(properties.payload)) return properties.payload;
  for (const part of Array.isArray(schema.allOf) ? schema.allOf : []) {
    const found = isSchema(part) ? payloadOf(part) : {};
    if (Object.keys(found).length > 0) return found;
  }
  return {};
}

function* fields(schema: Schema, before: string, depth: number): Generator<Field> {
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  const properties = isSchema(schema.properties) ? schema.properties : {};
  for (const [name, property] of Object.entries(properties)) {
    if (!isSchema(property)) continue;
    const path = before === "" ? name : `${before}.${name}`;
    yield {
      path,
      required: required.has(name),
      type: typeOf(property),
      limits: limitsOf(property),
      description:
        typeof property.description === "string" ? (property.description.split("\n")[0] ?? "") : "",
    };
    // Deeper than this the schema itself is the better reading.
    if (depth >= 3) continue;
    yield* fields(property, path, depth + 1);
    if (isSchema(property.items)) yield* fields(property.items, `${path}[]`, depth + 1);
  }
}

function typeOf(schema: Schema): string {
  if ("const" in schema) return JSON.stringify(schema.const);
  const { type, items, format } = schema;
  const names = [type].flat().filter((name): name is string => typeof name === "string");
  const shown = names.map((name) => (name === "array" && isSchema(items) ? `${typeOf(items)}[]` : name));
  const text = shown.join(" or ") || (Array.isArray(schema.enum) ? "one of" : "anything");
  return typeof format === "string" ? `${text} (${format})` : text;
}

const BOUNDS = [
  ["minimum", "≥ "],
  ["exclusiveMinimum", "> "],
  ["maximum", "≤ "],
  ["exclusiveMaximum", "< "],
  ["minLength", "length ≥ "],
  ["maxLength", "length ≤ "],
  ["minItems", "items ≥ "],
  ["maxItems", "items ≤ "],
  ["pattern", "like "],
] as const;

function limitsOf(schema: Schema): string {
  const bounds = BOUNDS.filter(([keyword]) => schema[keyword] !== undefined).map(
    ([keyword, text]) => `${text}${schema[keyword]}`,
  );
  const choices = Array.isArray(schema.enum) ? [schema.enum.join(" | ")] : [];
  return [...choices, ...bounds, ...(schema.uniqueItems === true ? ["unique"] : [])].join(", ");
}
