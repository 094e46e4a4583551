/** The words that shapes are made of. */
export const text = { type: "string" } as const;
export const texts = { type: "array", items: text } as const;
export const number = { type: "number" } as const;
export const integer = { type: "integer" } as const;
export const flag = { type: "boolean" } as const;
export const time = { type: "string", format: "date-time" } as const;
export const anything = {} as const;
export const open = { type: "object", additionalProperties: true } as const;

/** A named shape; `required` is everything but what is named as optional. */
export function shape(
  $id: string,
  description: string,
  properties: Readonly<Record<string, object>>,
  optional: readonly string[] = [],
) {
  return {
    $id,
    type: "object",
    description,
    properties,
    required: Object.keys(properties).filter((name) => !optional.includes(name)),
    additionalProperties: true,
  } as const;
}

export const ref = ($id: string) => ({ $ref: `${$id}#` });
export const listOf = (items: object) => ({ type: "array", items });
