/**
 * Events made from a valid one by one change each, as JSON text: text, because `1.0`, `-0` and a member named
 * `__proto__` are what they are only there.
 */

const RAW = "@@raw:";
/** A number that is written in its own way. */
const raw = (text: string) => `${RAW}${text}`;

const textOf = (value: unknown): string => JSON.stringify(value).replaceAll(/"@@raw:([^"]*)"/g, "$1");

type Path = readonly (string | number)[];

function* places(value: unknown, path: Path = []): Generator<{ path: Path; value: unknown }> {
  yield { path, value };
  if (Array.isArray(value))
    for (const [index, item] of value.entries()) yield* places(item, [...path, index]);
  else if (typeof value === "object" && value !== null)
    for (const [name, member] of Object.entries(value)) yield* places(member, [...path, name]);
}

/** A copy with the value at the path replaced; `remove` takes it out. */
function changed(root: unknown, path: Path, change: { set: unknown } | "remove"): unknown {
  if (path.length === 0) return change === "remove" ? undefined : change.set;
  const [head, ...rest] = path as [string | number, ...(string | number)[]];
  if (Array.isArray(root)) {
    const copy = [...root];
    if (rest.length === 0 && change === "remove") copy.splice(head as number, 1);
    else copy[head as number] = changed(copy[head as number], rest, change);
    return copy;
  }
  const entries = Object.entries(root as object).flatMap(([name, member]) =>
    name !== head
      ? [[name, member] as const]
      : rest.length === 0 && change === "remove"
        ? []
        : [[name, changed(member, rest, change)] as const],
  );
  return Object.fromEntries(entries);
}

const withMember = (object: object, name: string, member: unknown): unknown => {
  const copy: Record<string, unknown> = Object.fromEntries(Object.entries(object));
  Object.defineProperty(copy, name, { value: member, enumerable: true, configurable: true, writable: true });
  return copy;
};

const WRONG: readonly unknown[] = [null, true, false, 0, 1, "", "x", [], {}, [1], { a: 1 }];

const NUMBERS: readonly unknown[] = [
  raw("1.0"),
  raw("-0"),
  raw("-0.0"),
  raw("1e2"),
  0.5,
  1.5,
  -1,
  2 ** 53 - 1,
  -(2 ** 53 - 1),
  1e300,
  5e-324,
];

/** Texts that engines are known to judge differently. */
const TEXTS: readonly string[] = [
  "a\n",
  "\n",
  " ",
  "😀",
  "é",
  "e\u0301",
  "١",
  "ſ",
  "K",
  "2026-02-29T10:00:00Z",
  "2024-02-29T10:00:00Z",
  "2026-01-31T23:59:60Z",
  "2026-01-31T10:00:00",
  "2026-01-31 10:00:00Z",
  "2026-01-31t10:00:00z",
  "2026-01-31T10:00:00+24:00",
  "2026-01-31T10:00:00-23:59",
  "2026-01-31T10:00:00.123456789Z",
  "2026-01-31T24:00:00Z",
  "0000-01-01T00:00:00Z",
  "0001-01-01T00:00:00+23:59",
  "9999-12-31T23:59:59-23:59",
  "2026-04-31",
  "2026-01-31",
  "2026-1-1",
  "20260131T100000Z",
  "10:00:00Z",
  "25:00:00Z",
  "P1D",
  "PT",
  "P1W2D",
  "PT1H30M",
  "6F9619FF-8B86-D011-B42D-00CF4FC964FF",
  "6f9619ff8b86d011b42d00cf4fc964ff",
  "urn:uuid:6f9619ff-8b86-d011-b42d-00cf4fc964ff",
  "{6f9619ff-8b86-d011-b42d-00cf4fc964ff}",
  "a@b",
  "a@b.c",
  "a.@b.c",
  '"a b"@c.d',
  "a@-b.c",
  "http://example.com/%zz",
  "http://example.com/a b",
  "http://[::1]:8080/?q#f",
  "http://exa_mple.com",
  "mailto:a@b.c",
  "//example.com",
  "relative/path",
  "192.168.0.1",
  "192.168.00.1",
  "256.1.1.1",
  "::1",
  "1::2::3",
  "/a~0/b",
  "/a~2",
  "example.com.",
  "-a.com",
];

const NAMES: readonly string[] = [
  "extra",
  "__proto__",
  "toString",
  "constructor",
  "valueOf",
  "hasOwnProperty",
  "",
];

/** Bounds that the schema mentions anywhere, and their neighbours. */
export function boundsOf(schema: unknown): { numbers: readonly number[]; lengths: readonly number[] } {
  const numbers = new Set<number>();
  const lengths = new Set<number>();
  const visit = (value: unknown) => {
    if (typeof value !== "object" || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      if (name === "examples") continue;
      if (typeof inner === "number") {
        const into = /Length|Items|Properties|Contains/.test(name) ? lengths : numbers;
        for (const near of [inner - 1, inner, inner + 1]) into.add(near);
        if (into === numbers)
          for (const near of [inner - 0.25, inner + 0.25, inner * 2, inner * 3]) into.add(near);
      } else visit(inner);
    }
  };
  visit(schema);
  return { numbers: [...numbers], lengths: [...lengths].filter((n) => n >= 0 && n <= 6000) };
}

/** All texts of changed events, the valid one first; no text twice. */
export function mutations(seed: unknown, schema: unknown): string[] {
  const { numbers, lengths } = boundsOf(schema);
  const found = new Set<string>([textOf(seed)]);
  const add = (value: unknown) => {
    if (value !== undefined) found.add(textOf(value));
  };
  for (const { path, value } of places(seed)) {
    if (path.length > 0) add(changed(seed, path, "remove"));
    for (const wrong of WRONG) add(changed(seed, path, { set: wrong }));
    if (typeof value === "number")
      for (const number of [...NUMBERS, ...numbers, value + 1, value - 1])
        add(changed(seed, path, { set: number }));
    if (typeof value === "string") {
      for (const text of [...TEXTS, `${value}\n`, `${value}x`, value.toUpperCase(), value.slice(1)])
        add(changed(seed, path, { set: text }));
      for (const length of lengths)
        for (const character of ["a", "😀"]) add(changed(seed, path, { set: character.repeat(length) }));
    }
    if (Array.isArray(value)) {
      if (value.length > 0) add(changed(seed, path, { set: [...value, value[0]] }));
      for (const item of [null, 1, raw("1.0"), "x", true, {}]) {
        add(changed(seed, path, { set: [...value, item] }));
        add(changed(seed, path, { set: [item, ...value] }));
      }
      for (const length of lengths)
        if (length < 50) add(changed(seed, path, { set: Array.from({ length }, (_, i) => value[0] ?? i) }));
      add(
        changed(seed, path, {
          set: [
            { a: 1, b: 2 },
            { b: raw("2.0"), a: 1 },
          ],
        }),
      );
      add(changed(seed, path, { set: [true, 1] }));
    }
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      for (const name of NAMES)
        for (const member of [1, "x", null, {}])
          add(changed(seed, path, { set: withMember(value, name, member) }));
  }
  return [...found];
}

/** An even choice of at most so many, the first always; the same on every run. */
export function sample<T>(all: readonly T[], most: number): T[] {
  if (all.length <= most) return [...all];
  return Array.from({ length: most }, (_, index) => all[Math.floor((index * all.length) / most)]!);
}
