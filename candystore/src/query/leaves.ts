/** The plain values of a payload, each with its path. Elements of an array have the path of the array. */
export type Leaf = readonly [path: string, value: string | number | boolean];

const DEEPEST = 32;

export function leavesOf(payload: unknown): readonly Leaf[] {
  const leaves: Leaf[] = [];
  walk(payload, "", leaves, 0);
  return leaves;
}

function walk(value: unknown, path: string, leaves: Leaf[], depth: number): void {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    leaves.push([path, value]);
  } else if (typeof value === "object" && value !== null && depth < DEEPEST) {
    if (Array.isArray(value)) for (const element of value) walk(element, path, leaves, depth + 1);
    else
      for (const name in value)
        walk(
          (value as Record<string, unknown>)[name],
          path === "" ? name : `${path}.${name}`,
          leaves,
          depth + 1,
        );
  }
}
