/** A payload's JSON Schema as rows for a person. */
export interface SchemaField {
  readonly path: string;
  readonly name: string;
  readonly depth: number;
  readonly required: boolean;
  readonly type: string;
  readonly rule: string;
  readonly description: string;
}

type Schema = Readonly<Record<string, unknown>>;

const isSchema = (value: unknown): value is Schema =>
  value !== null && typeof value === "object" && !Array.isArray(value);

function typeName(schema: Schema): string {
  if ("const" in schema) return JSON.stringify(schema.const);
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const choices = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(choices)) return choices.filter(isSchema).map(typeName).join(" | ");
  const format = typeof schema.format === "string" ? ` ${schema.format}` : "";
  const types: readonly unknown[] = Array.isArray(schema.type) ? schema.type : [schema.type ?? "any"];
  if (schema.type === "array") return isSchema(schema.items) ? `${typeName(schema.items)}[]` : "any[]";
  return types.map((type) => (type === "string" ? `string${format}` : String(type))).join(" | ");
}

function ruleOf(schema: Schema): string {
  const said: string[] = [];
  const range = (low: unknown, high: unknown, one = "", many = "") => {
    const unit = (high ?? low) === 1 ? one : many;
    if (low !== undefined && low === high) said.push(`${low}${unit}`);
    else if (low !== undefined && high !== undefined) said.push(`${low} to ${high}${unit}`);
    else if (low !== undefined) said.push(`at least ${low}${unit}`);
    else if (high !== undefined) said.push(`at most ${high}${unit}`);
  };
  range(schema.minimum, schema.maximum);
  range(schema.minLength, schema.maxLength, " character", " characters");
  range(schema.minItems, schema.maxItems, " item", " items");
  if (schema.uniqueItems === true) said.push("unique");
  if (typeof schema.pattern === "string") said.push(`matches ${schema.pattern.replace("$(?!\\n)", "$")}`);
  return said.join(", ");
}

/** The object whose members are shown: the schema itself, or what its array holds. */
function objectOf(schema: Schema): Schema | undefined {
  if (isSchema(schema.properties)) return schema;
  if (isSchema(schema.items)) return objectOf(schema.items);
  const choices = schema.anyOf ?? schema.oneOf;
  return Array.isArray(choices) ? choices.filter(isSchema).map(objectOf).find(Boolean) : undefined;
}

function walk(schema: Schema, depth: number, above: string, out: SchemaField[]): void {
  const object = objectOf(schema);
  if (!object || depth > 4) return;
  const required = Array.isArray(object.required) ? object.required : [];
  for (const [name, value] of Object.entries(object.properties as Schema)) {
    if (!isSchema(value)) continue;
    const path = `${above}/${name}`;
    out.push({
      path,
      name,
      depth,
      required: required.includes(name),
      type: typeName(value),
      rule: ruleOf(value),
      description: typeof value.description === "string" ? value.description : "",
    });
    walk(value, depth + 1, path, out);
  }
}

/** The fields of the payload of a whole-event schema. */
export function fieldsOf(eventSchema: Schema): readonly SchemaField[] {
  const payload = isSchema(eventSchema.properties) ? eventSchema.properties.payload : undefined;
  const out: SchemaField[] = [];
  if (isSchema(payload)) walk(payload, 0, "", out);
  return out;
}

/** A topic pattern against an event type: `*` is one word, `#` any number of them. */
export function typeMatches(pattern: string, eventType: string): boolean {
  const words = eventType.split(".");
  const parts = pattern.split(".");
  const from = (p: number, w: number): boolean => {
    if (p === parts.length) return w === words.length;
    if (parts[p] === "#") return from(p + 1, w) || (w < words.length && from(p, w + 1));
    return w < words.length && (parts[p] === "*" || parts[p] === words[w]) && from(p + 1, w + 1);
  };
  return from(0, 0);
}
