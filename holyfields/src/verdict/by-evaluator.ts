/** Keywords that ajv gets wrong, by our evaluator: `unevaluatedProperties`, `unevaluatedItems` and `contains`. */
import type { Ajv2020, ErrorObject, FuncKeywordDefinition } from "ajv/dist/2020.js";
import { formatCheck } from "../formats/formats.js";
import { isObject } from "../json/value.js";
import { embed } from "../schema/embed.js";
import { evaluate, nothing, type Schema, type Seen, type World } from "./evaluate.js";

type Compile = NonNullable<FuncKeywordDefinition["compile"]>;
type Context = Parameters<Compile>[2];
type Judge = ReturnType<Compile>;

const isFormat = (name: string, text: string): boolean => formatCheck(name)?.(text) ?? true;

/** The schemas that ajv knows, with absolute references, each made when it is needed. */
function worldOf({ self, schemaEnv, baseId }: Context): World {
  const embedded = new Map<string, unknown>();
  const raw = (id: string): unknown => {
    const known = self.schemas[id] ?? self.refs[id];
    if (id !== baseId && isObject(known)) return known.schema;
    return schemaEnv.root.schema;
  };
  return {
    isFormat,
    schemas(id) {
      if (!embedded.has(id)) embedded.set(id, embed(raw(id), { id }));
      return embedded.get(id);
    },
  };
}

/** What the schema beside the keyword has spoken about; undefined where it refuses the value, as ajv says itself. */
function judgeOf(
  parent: unknown,
  context: Context,
): { world: World; seen: (value: unknown) => Seen | undefined } {
  const world = worldOf(context);
  const {
    unevaluatedProperties: _,
    unevaluatedItems: __,
    ...rest
  } = embed(parent, { id: context.baseId }) as Record<string, unknown>;
  return {
    world,
    seen: (value) => {
      const seen = nothing();
      return evaluate(rest, value, world, seen) ? seen : undefined;
    },
  };
}

/** A judge that refuses what the keyword's schema does not take of what nobody has spoken about. */
function keyword(
  name: "unevaluatedProperties" | "unevaluatedItems",
  left: (value: never, seen: Seen) => Iterable<readonly [key: string | number, value: unknown]>,
): Compile {
  return (_, parent, context) => {
    const { world, seen } = judgeOf(parent, context);
    const schema = embed(parent[name], { id: context.baseId }) as Schema;
    const judge: Judge = (value: unknown) => {
      const spoken = seen(value);
      if (spoken === undefined) return true;
      const errors: Partial<ErrorObject>[] = [];
      for (const [key, one] of left(value as never, spoken))
        if (!evaluate(schema, one, world)) errors.push({ keyword: name, params: { unevaluated: key } });
      judge.errors = errors;
      return errors.length === 0;
    };
    return judge;
  };
}

/** ajv lets an empty list pass where `prefixItems` stands beside it. */
const contains: Compile = (wanted, parent, context) => {
  const world = worldOf(context);
  const schema = embed(wanted, { id: context.baseId }) as Schema;
  const { minContains = 1, maxContains } = parent as { minContains?: number; maxContains?: number };
  const judge: Judge = (items: readonly unknown[]) => {
    const found = items.filter((item) => evaluate(schema, item, world)).length;
    judge.errors = [{ keyword: "contains", params: { minContains, maxContains } }];
    return found >= minContains && found <= (maxContains ?? Number.POSITIVE_INFINITY);
  };
  return judge;
};

export function addByEvaluator(ajv: Ajv2020): void {
  for (const name of ["unevaluatedProperties", "unevaluatedItems", "contains"]) ajv.removeKeyword(name);
  ajv.addKeyword({
    keyword: "contains",
    type: "array",
    schemaType: ["boolean", "object"],
    errors: true,
    compile: contains,
  });
  ajv.addKeyword({
    keyword: "unevaluatedProperties",
    type: "object",
    schemaType: ["boolean", "object"],
    errors: true,
    compile: keyword("unevaluatedProperties", (value: Record<string, unknown>, { names }) =>
      Object.entries(value).filter(([member]) => !names.has(member)),
    ),
  });
  ajv.addKeyword({
    keyword: "unevaluatedItems",
    type: "array",
    schemaType: ["boolean", "object"],
    errors: true,
    compile: keyword("unevaluatedItems", (value: readonly unknown[], { items }) =>
      [...value.entries()].filter(([index]) => !items.has(index)),
    ),
  });
}
