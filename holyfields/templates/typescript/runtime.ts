/**
 * What the generated schemas stand on: the checks that Zod has no exact form for, and the evaluator for what no type
 * can say. Generated along with them; do not edit.
 */
import * as z from "zod";
import * as evaluator from "./evaluate.js";
import { canonical, isMultiple, isObject, lengthOf, patternOf, type Schema } from "./evaluate.js";
import { FORMATS, SCHEMAS } from "./schemas.js";

const daysOf = (year: number, month: number): number =>
  month === 2
    ? (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
      ? 29
      : 28
    : [4, 6, 9, 11].includes(month)
      ? 30
      : 31;

/** Whether a text is of a format. */
export function isFormat(name: string, text: string): boolean {
  const format = FORMATS[name];
  if (format === undefined) return true;
  if (format.maxLength !== undefined && lengthOf(text) > format.maxLength) return false;
  const match = patternOf(`^(?:${format.pattern})$`).exec(text);
  if (match === null || format.calendar !== true) return match !== null;
  const year = Number(match[1]);
  return year > 0 && Number(match[3]) <= daysOf(year, Number(match[2]));
}

const WORLD: evaluator.World = { schemas: (id) => SCHEMAS[id], isFormat };

/** The verdict of JSON Schema 2020-12 on a JSON value. */
export const evaluate = (schema: Schema, value: unknown): boolean => evaluator.evaluate(schema, value, WORLD);

/** Length in characters (code points), as JSON Schema counts. */
export const characters = (min: number, max: number = Number.POSITIVE_INFINITY) =>
  z.refine<string>(
    (text) => {
      const length = lengthOf(text);
      return length >= min && length <= max;
    },
    `must have ${max === Number.POSITIVE_INFINITY ? `at least ${min}` : `${min} to ${max}`} characters`,
  );

export const format = (name: string) =>
  z.refine<string>((text) => isFormat(name, text), `must be of the format ${name}`);

/** `1.0` is an integer, `1.5` is none. */
export const integer = () => z.refine<number>((value) => Number.isInteger(value), "must be an integer");

export const multipleOf = (factor: number) =>
  z.refine<number>((value) => isMultiple(value, factor), `must be a multiple of ${factor}`);

export const unique = () =>
  z.refine<unknown[]>(
    (items) => new Set(items.map(canonical)).size === items.length,
    "must have no item twice",
  );

/** Anything, but there. */
export const present = <Shape extends z.ZodType>(shape: Shape) =>
  z
    .unknown()
    .refine((value): boolean => value !== undefined, "is required")
    .pipe(shape) as z.ZodPipe<z.ZodUnknown, Shape>;

/** Shaped like `shape`, and kept by a whole schema, which sees the value before Zod touches it. */
export const keeps = <Shape extends z.ZodType>(schema: Schema, shape: Shape) =>
  z
    .unknown()
    .refine((value): boolean => value !== undefined && evaluate(schema, value), "does not keep the schema")
    .pipe(shape) as z.ZodPipe<z.ZodUnknown, Shape>;

/** Zod passes over a member named `__proto__`; this looks at it. */
export const protoIs = <Shape extends z.ZodType>(other: z.ZodType, shape: Shape) =>
  z
    .unknown()
    .refine(
      (value) =>
        !isObject(value) ||
        !Object.hasOwn(value, "__proto__") ||
        other.safeParse(Object.getOwnPropertyDescriptor(value, "__proto__")?.value).success,
      "has a member __proto__ that is not admitted",
    )
    .pipe(shape) as z.ZodPipe<z.ZodUnknown, Shape>;
