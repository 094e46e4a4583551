import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRouter, type ExchangeType } from "../../src/routing/index.js";
import { hashOfWord } from "../../src/routing/word-map.js";
import { tableOf } from "../../src/wire/plain.js";
import { EMPTY_TABLE, type Table } from "../../src/wire/table.js";

/** Two words that a topic exchange's hash does not tell apart. */
const TWINS = ["yaczf", "glbpp"] as const;

/** The specification's words for each exchange type, as slow and plain as can be. */
const NAIVE: Readonly<
  Record<ExchangeType, (pattern: string, args: Table, key: string, headers: Table) => boolean>
> = {
  direct: (pattern, _args, key) => pattern === key,
  fanout: () => true,
  topic: (pattern, _args, key) => topicMatches(wordsOf(pattern), wordsOf(key)),
  headers: (_pattern, args, _key, headers) => {
    const wanted = [...args].filter(([name]) => !name.startsWith("x-"));
    const agrees = wanted.map(([name, field]) => headers.get(name)?.value === field.value);
    return args.get("x-match")?.value === "any" ? agrees.includes(true) : !agrees.includes(false);
  },
};

function wordsOf(key: string): readonly string[] {
  return key === "" ? [] : key.split(".");
}

function topicMatches(pattern: readonly string[], words: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return words.length === 0;
  if (first === "#")
    return topicMatches(rest, words) || (words.length > 0 && topicMatches(pattern, words.slice(1)));
  return words.length > 0 && (first === "*" || first === words[0]) && topicMatches(rest, words.slice(1));
}

const word = fc.constantFrom("a", "ü", "", ...TWINS);
const key = fc.array(word, { maxLength: 5 }).map((words) => words.join("."));
const pattern = fc
  .array(fc.oneof(word, fc.constantFrom("*", "#")), { maxLength: 5 })
  .map((words) => words.join("."));
const headers = fc
  .dictionary(fc.constantFrom("h", "i", "x-j"), fc.constantFrom(1, 2, "s"), { maxKeys: 3 })
  .map(tableOf);
const args = fc
  .tuple(headers, fc.constantFrom("all", "any", undefined))
  .map(([fields, match]) => new Map([...fields, ...tableOf({ "x-match": match })]));
const destination = fc.integer({ min: 0, max: 5 });

const step = fc.oneof(
  fc.record({ act: fc.constant("bind" as const), pattern, args, destination }),
  fc.record({ act: fc.constant("unbind" as const), pattern, args, destination }),
  fc.record({ act: fc.constant("delete" as const), destination }),
  fc.record({ act: fc.constant("route" as const), key, headers }),
);

const identity = (p: string, a: Table, d: number) =>
  JSON.stringify([p, d, [...a].map(([name, field]) => [name, field.tag, String(field.value)]).sort()]);

describe.each(["direct", "fanout", "topic", "headers"] as const)("a %s exchange", (type) => {
  it("routes as its definition says, whatever was bound and unbound before", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const router = createRouter<number>(type);
        const model = new Map<string, { pattern: string; args: Table; destination: number }>();
        for (const now of steps) {
          if (now.act === "bind") {
            const id = identity(now.pattern, now.args, now.destination);
            expect(router.bind(now.pattern, now.args, now.destination)).toBe(!model.has(id));
            model.set(id, now);
          } else if (now.act === "unbind") {
            const id = identity(now.pattern, now.args, now.destination);
            expect(router.unbind(now.pattern, now.args, now.destination)).toBe(model.delete(id));
          } else if (now.act === "delete") {
            const gone = [...model].filter(([, binding]) => binding.destination === now.destination);
            expect(router.unbindAll(now.destination)).toHaveLength(gone.length);
            for (const [id] of gone) model.delete(id);
          } else {
            const matching = [...model.values()].filter((binding) =>
              NAIVE[type](binding.pattern, binding.args, now.key, now.headers),
            );
            const expected = [...new Set(matching.map((binding) => binding.destination))].sort();
            expect([...router.route(now.key, () => now.headers)].sort()).toEqual(expected);
            if (!router.readsHeaders) {
              const bytes = Buffer.from(`before${now.key}.behind`);
              const found = router.routeBytes(bytes, 6, bytes.length - 7);
              expect([...found].sort()).toEqual(expected);
            }
          }
          expect(router.size).toBe(model.size);
        }
        expect([...router.bindings()]).toHaveLength(model.size);
      }),
      { numRuns: 400 },
    );
  });
});

describe("a router", () => {
  it("hands out lists that a later binding does not change", () => {
    const router = createRouter<string>("topic");
    router.bind("a.#", EMPTY_TABLE, "one");
    const before = router.route("a.b", () => EMPTY_TABLE);
    const version = router.version;
    router.bind("#", EMPTY_TABLE, "two");
    expect(before).toEqual(["one"]);
    expect(router.version).toBeGreaterThan(version);
    expect([...router.route("a.b", () => EMPTY_TABLE)].sort()).toEqual(["one", "two"]);
  });

  it("keeps what is bound under one key with other arguments apart", () => {
    const router = createRouter<string>("direct");
    router.bind("k", EMPTY_TABLE, "q");
    router.bind("k", tableOf({ a: 1 }), "q");
    expect(router.route("k", () => EMPTY_TABLE)).toEqual(["q"]);
    router.unbind("k", EMPTY_TABLE, "q");
    expect(router.route("k", () => EMPTY_TABLE)).toEqual(["q"]);
    router.unbind("k", tableOf({ a: 1 }), "q");
    expect(router.route("k", () => EMPTY_TABLE)).toEqual([]);
  });

  it("tells words of one hash apart, also when one of them goes", () => {
    const hashes = TWINS.map((twin) => hashOfWord(twin));
    expect(hashes[0]).toBe(hashes[1]);
    const router = createRouter<string>("topic");
    for (const twin of TWINS) router.bind(`${twin}.*`, EMPTY_TABLE, twin);
    const route = (key: string) => router.route(key, () => EMPTY_TABLE);
    expect(TWINS.map((twin) => route(`${twin}.x`))).toEqual([[TWINS[0]], [TWINS[1]]]);
    router.unbind(`${TWINS[0]}.*`, EMPTY_TABLE, TWINS[0]);
    expect(TWINS.map((twin) => route(`${twin}.x`))).toEqual([[], [TWINS[1]]]);
  });

  it("compares headers by value: with x-, by presence, and across number widths", () => {
    const router = createRouter<string>("headers");
    router.bind("", tableOf({ "x-match": "all-with-x", "x-kind": "a" }), "with x");
    router.bind("", new Map([["n", { tag: "I", value: 5 }]]), "number");
    router.bind("", new Map([["seen", { tag: "V", value: null }]]), "presence");
    router.bind("", tableOf({ "x-match": "any" }), "nothing to match");
    const route = (given: Record<string, unknown>) => router.route("", () => tableOf(given));
    expect(route({ "x-kind": "a" })).toEqual(["with x"]);
    expect(route({ "x-kind": "b" })).toEqual([]);
    expect(route({ n: 5 })).toEqual(["number"]);
    expect(route({ n: "5" })).toEqual([]);
    expect(route({ seen: "whatever" })).toEqual(["presence"]);
  });

  it("is not slowed to a crawl by a hostile choice of wildcards", () => {
    const router = createRouter<number>("topic");
    for (let i = 0; i < 20; i++) router.bind(`${"#.a.".repeat(30)}#.z${i}`, EMPTY_TABLE, i);
    const key = "a.".repeat(120).slice(0, -1);
    expect(router.route(key, () => EMPTY_TABLE)).toEqual([]);
  });
});
