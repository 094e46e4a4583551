import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Route } from "../../src/exchange/route.js";
import { hashOf, RouteCache } from "../../src/exchange/route-cache.js";

const route = (exchangeName: string): Route => ({
  exchange: undefined,
  exchangeName,
  queues: [],
  durable: [],
  durableIds: [],
  transient: [],
  mayRefuse: false,
  cacheable: true,
});
const ROUTES = ["one", "two", "three"].map(route);

/** Two short strings as `basic.publish` has them, somewhere in a larger buffer. */
function namesOf(exchange: string, key: string): Buffer {
  const short = (text: string) => [Buffer.of(Buffer.byteLength(text)), Buffer.from(text)];
  return Buffer.concat([Buffer.from("before"), ...short(exchange), ...short(key), Buffer.from("behind")]);
}

function find(cache: RouteCache, names: Buffer, hash?: number): Route | undefined {
  const length = names.length - 12;
  return cache.get(hash ?? hashOf(names, 6, length), names, 6, length);
}

function keep(cache: RouteCache, names: Buffer, to: Route, hash?: number): void {
  const length = names.length - 12;
  cache.set(hash ?? hashOf(names, 6, length), names, 6, length, to);
}

const text = fc.string({ maxLength: 6, unit: fc.constantFrom("a", "b", ".") });
const name = fc.tuple(text, text);
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ act: fc.constant("keep" as const), name, to: fc.nat(2) }) },
  { weight: 5, arbitrary: fc.record({ act: fc.constant("find" as const), name }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("clear" as const) }) },
);

describe("the cache of routes", () => {
  it("gives what was kept for exactly this name since the last clear, or nothing", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), (steps, oneHash) => {
        const cache = new RouteCache();
        const hash = oneHash ? 7 : undefined;
        const model = new Map<string, Route>();
        for (const now of steps) {
          if (now.act === "clear") {
            cache.clear();
            model.clear();
            continue;
          }
          const id = JSON.stringify(now.name);
          const names = namesOf(...now.name);
          const found = find(cache, names, hash);
          if (found !== undefined) expect(found).toBe(model.get(id));
          else if (!oneHash) expect(model.has(id)).toBe(false);
          if (now.act !== "keep" || found !== undefined) continue;
          const to = ROUTES[now.to]!;
          keep(cache, names, to, hash);
          model.set(id, to);
          expect(find(cache, names, hash)).toBe(to);
        }
      }),
    );
  });

  it("keeps ten thousand names, and forgets older ones when names without end come", () => {
    const cache = new RouteCache();
    const nameOf = (n: number) => namesOf("events", `domain${n % 1000}.entity${n}.happened`);
    for (let n = 0; n < 10_000; n++) keep(cache, nameOf(n), ROUTES[n % 3]!);
    let known = 0;
    for (let n = 0; n < 10_000; n++) {
      const found = find(cache, nameOf(n));
      if (found === undefined) continue;
      expect(found).toBe(ROUTES[n % 3]);
      known++;
    }
    expect(known).toBeGreaterThan(9_800);
    for (let n = 10_000; n < 250_000; n++) {
      keep(cache, nameOf(n), ROUTES[n % 3]!);
      if (n % 100 === 0) expect(find(cache, nameOf(n))).toBe(ROUTES[n % 3]);
    }
    expect(find(cache, nameOf(0))).toBeUndefined();
  });
});
