/** Variations of a right event: each member taken away, or replaced by values of every kind, and hostile texts. */

const values: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e300,
  "",
  "x",
  "x\n",
  "2026-02-30T00:00:00Z",
  "2026-02-28T00:00:00Z\n",
  "2026-02-28T23:59:60Z",
  "2026-02-28 00:00:00Z",
  "0190f5c4-7b1e-7c3a-8f00-00000000000d\n",
  "{0190f5c4-7b1e-7c3a-8f00-00000000000d}",
  "urn:uuid:0190f5c4-7b1e-7c3a-8f00-00000000000d",
  "https://example.com/ä",
  "https://[::1]:80/a?b#c",
  "zoe@example",
  "zoe@example.com",
  "de-DE",
  "v1\n",
  [],
  [1],
  ["a", "a"],
  {},
  { type: 5 },
  { code_state: { branch: 1 } },
];

/** Every event that differs from this one in one place; `within` a member, or anywhere. */
export function* broken(event: object, within?: string): Generator<unknown> {
  for (const path of paths(event, [])) {
    if (within !== undefined && path[0] !== within) continue;
    yield changed(event, path, undefined);
    for (const value of values) yield changed(event, path, value);
  }
  yield { ...event, extra: "member" };
  yield {};
  yield [];
  yield null;
}

function* paths(value: unknown, path: readonly string[]): Generator<readonly string[]> {
  if (path.length > 0) yield path;
  if (typeof value !== "object" || value === null) return;
  // The first two of a list stand for all.
  const names = Object.keys(value).slice(0, Array.isArray(value) ? 2 : undefined);
  for (const name of names) yield* paths((value as Record<string, unknown>)[name], [...path, name]);
}

/** A copy with another value at a place; `undefined` takes the member away. */
function changed(event: object, path: readonly string[], value: unknown): unknown {
  const copy = structuredClone(event) as Record<string, unknown>;
  let at = copy;
  for (const name of path.slice(0, -1)) at = at[name] as Record<string, unknown>;
  const last = path.at(-1)!;
  if (value === undefined) delete at[last];
  else at[last] = value;
  // A hole in a list is no JSON.
  return JSON.parse(JSON.stringify(copy));
}
