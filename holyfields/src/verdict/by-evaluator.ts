/** What ajv gets wrong: `unevaluatedProperties` and `unevaluatedItems`, by our evaluator, and `contains`, by its place. */
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

export function addByEvaluator(ajv: Ajv2020): void {
  // Behind `not` and `if`, ajv's prefixItems ends the check of a list that is shorter: what matters then comes before.
  const contains = ajv.getKeyword("contains");
  for (const name of ["unevaluatedProperties", "unevaluatedItems", "contains"]) ajv.removeKeyword(name);
  if (typeof contains === "object") ajv.addKeyword({ ...contains, before: "prefixItems" });
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
    before: "prefixItems",
    type: "array",
    schemaType: ["boolean", "object"],
    errors: true,
    compile: keyword("unevaluatedItems", (value: readonly unknown[], { items }) =>
      [...value.entries()].filter(([index]) => !items.has(index)),
    ),
  });
}
