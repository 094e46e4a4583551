/**
 * Headers exchanges: a binding's arguments are compared with the message's headers. `x-match` says whether `all` of them or
 * `any` must agree; both pass over arguments that begin with `x-`, `all-with-x` and `any-with-x` do not.
 */
import { Buffer } from "node:buffer";
import type { Field, Table } from "../wire/table.js";
import { IndexedRouter } from "./indexed-router.js";
import type { Binding } from "./router.js";

interface Matcher<D> {
  readonly destination: D;
  readonly any: boolean;
  readonly wanted: readonly (readonly [string, Field])[];
}

export class HeadersRouter<D> extends IndexedRouter<D> {
  override readonly readsHeaders = true;
  readonly #matchers = new Map<Binding<D>, Matcher<D>>();

  route(_key: string, headers: () => Table): readonly D[] {
    if (this.#matchers.size === 0) return [];
    const given = headers();
    const found = new Set<D>();
    for (const matcher of this.#matchers.values()) {
      if (!found.has(matcher.destination) && matches(matcher, given)) found.add(matcher.destination);
    }
    return [...found];
  }

  protected added(binding: Binding<D>): void {
    this.#matchers.set(binding, matcherOf(binding));
  }

  protected removed(binding: Binding<D>): void {
    this.#matchers.delete(binding);
  }
}

function matcherOf<D>({ arguments: args, destination }: Binding<D>): Matcher<D> {
  const match = args.get("x-match")?.value;
  const withX = match === "all-with-x" || match === "any-with-x";
  const wanted = [...args].filter(([name]) => name !== "x-match" && (withX || !name.startsWith("x-")));
  return { destination, any: match === "any" || match === "any-with-x", wanted };
}

/** With nothing to compare, `all` matches everything and `any` nothing. */
function matches<D>({ any, wanted }: Matcher<D>, headers: Table): boolean {
  const agrees = ([name, field]: readonly [string, Field]): boolean => {
    const given = headers.get(name);
    // An argument of type void asks only that the header be there.
    return given !== undefined && (field.tag === "V" || sameValue(field, given));
  };
  return any ? wanted.some(agrees) : wanted.every(agrees);
}

/** Equal as values: 1 as an octet is 1 as a long, and text is the bytes it consists of. */
export function sameValue(a: Field, b: Field): boolean {
  switch (a.tag) {
    case "A":
      return (
        b.tag === "A" &&
        a.value.length === b.value.length &&
        a.value.every((item, i) => sameValue(item, b.value[i] as Field))
      );
    case "F":
      return b.tag === "F" && sameTable(a.value, b.value);
    case "D":
      return b.tag === "D" && a.value.scale === b.value.scale && a.value.unscaled === b.value.unscaled;
    case "S":
    case "x":
      return (b.tag === "S" || b.tag === "x") && Buffer.from(a.value).equals(Buffer.from(b.value));
    case "t":
    case "V":
      return a.tag === b.tag && a.value === b.value;
    default:
      // Numbers and big integers: `==` compares them by value.
      // biome-ignore lint/suspicious/noDoubleEquals: 1n == 1 is the comparison that is meant
      return isNumeric(b.value) && a.value == b.value;
  }
}

function isNumeric(value: Field["value"]): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

function sameTable(a: Table, b: Table): boolean {
  if (a.size !== b.size) return false;
  for (const [name, field] of a) {
    const other = b.get(name);
    if (other === undefined || !sameValue(field, other)) return false;
  }
  return true;
}
