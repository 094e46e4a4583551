/** Values of JSON, as the rest of Holyfields asks about them. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The own member, or undefined; never one of `Object.prototype`. */
export const own = (object: Record<string, unknown>, name: string): unknown =>
  Object.hasOwn(object, name) ? object[name] : undefined;

/**
 * One text for all values that JSON Schema calls equal: members sorted, numbers by value, so `1.0` is `1` and
 * `-0` is `0`. Two values are equal exactly when their texts are.
 */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (isObject(value))
    return `{${Object.keys(value)
      .sort()
      .map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`)
      .join(",")}}`;
  return value === 0 ? "0" : (JSON.stringify(value) ?? "null");
}

/** Equality of JSON Schema's `const`, `enum` and `uniqueItems`. */
export const equal = (a: unknown, b: unknown): boolean =>
  typeof a !== "object" || typeof b !== "object" || a === null || b === null
    ? a === b
    : canonical(a) === canonical(b);

const SHOWN = 80;

/** A value as a sentence shows it: JSON, cut where it is long. */
export function shown(value: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(value) ?? String(value);
  } catch {
    return "a value too deep to show";
  }
  if (text.length <= SHOWN) return text;
  // Never between the halves of a surrogate pair.
  const end = /[\uD800-\uDBFF]/.test(text[SHOWN - 1] ?? "") ? SHOWN - 1 : SHOWN;
  return `${text.slice(0, end)}…`;
}
