/** Values for what can't be aimed at: conditions. */
import { canonical } from "../json/value.js";
import { withMember } from "./instances.js";
import { type Condition, type Conjunction, memberAll } from "./normal-form.js";
import { first, PROPOSALS, type Side } from "./obstacle.js";

/** Values all over a conjunction, for what can't be aimed at; with the names and values that a condition mentions. */
export function* edges(wide: Side, a: Conjunction, { text }: Condition): Generator<unknown> {
  const base: unknown[] = [...first(wide.instances.of(a), PROPOSALS)];
  yield* base;
  const { names, values } = mentioned(JSON.parse(text));
  yield* values;
  if (a.kind === "object")
    for (const object of first(base as Record<string, unknown>[], 3))
      for (const name of names)
        for (const value of [...values, 1, "a"]) yield withMember(object, name, value);
  if (a.kind === "object")
    for (const object of first(base as Record<string, unknown>[], 8)) {
      yield withMember(object, "other", 1);
      yield withMember(object, "other", "a");
      for (const name of Object.keys(object))
        for (const conjunction of wide.forms.of(memberAll(a, name)))
          for (const value of first(wide.instances.of(conjunction), 12))
            yield withMember(object, name, value);
    }
  if (a.kind === "array")
    for (const items of first(base as unknown[][], 5)) {
      yield [...items, ...items];
      for (const value of [0, 1, "a", "b", null, true]) yield [...items, value];
    }
  if (a.kind === "string") yield* ["", "a", "abc", "0", " ", "a".repeat(300)];
  if (a.kind === "number") yield* [0, 1, -1, 0.5, 7, 1e6];
}

/** Names of members and constants anywhere in a condition. */
function mentioned(condition: unknown): { names: readonly string[]; values: readonly unknown[] } {
  const names = new Set<string>();
  const values = new Map<string, unknown>();
  const visit = (value: unknown) => {
    if (Array.isArray(value)) value.forEach(visit);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return;
    for (const [keyword, inner] of Object.entries(value)) {
      if (keyword === "const") values.set(canonical(inner), inner);
      if (keyword === "enum") for (const one of inner as unknown[]) values.set(canonical(one), one);
      if (keyword === "required") for (const name of inner as string[]) names.add(name);
      if (["properties", "dependentRequired", "dependentSchemas"].includes(keyword))
        for (const name of Object.keys(inner as object)) names.add(name);
      visit(inner);
    }
  };
  visit(condition);
  return { names: [...names].slice(0, 12), values: [...values.values()].slice(0, 12) };
}
