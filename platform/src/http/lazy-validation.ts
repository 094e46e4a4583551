/**
 * Checks of query, path and body, compiled when a route is first asked for: compiling all of them costs every start
 * a fifth of a second, and most are not asked for in a day.
 */
import { createRequire } from "node:module";
import type { FastifyServerOptions } from "fastify";

const require = createRequire(import.meta.url);

type Check = ((data: unknown) => boolean) & { errors?: unknown };

interface Validator {
  compile(schema: unknown): Check;
}

let validator: Validator | undefined;

/** ajv, as Fastify itself would configure it; also loaded only now. */
function ajv(): Validator {
  if (validator === undefined) {
    const { Ajv } = require("ajv");
    validator = new Ajv({
      coerceTypes: "array",
      useDefaults: true,
      removeAdditional: false,
      allErrors: true,
      strict: false,
      // Refusals name the value, and the names that there are.
      verbose: true,
    }) as Validator;
  }
  return validator;
}

function lazily(schema: unknown): Check {
  let compiled: Check | undefined;
  const check: Check = (data) => {
    compiled ??= ajv().compile(schema);
    const holds = compiled(data);
    check.errors = compiled.errors;
    return holds;
  };
  return check;
}

/** Schemas of answers describe them for readers; what is sent is what the parts gave, as JSON. */
export const lazyCompilers = {
  compilersFactory: {
    buildValidator: () => (route: { readonly schema: unknown }) => lazily(route.schema),
    buildSerializer: () => () => (value: unknown) => JSON.stringify(value),
  },
} as unknown as NonNullable<FastifyServerOptions["schemaController"]>;
