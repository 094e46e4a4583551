/** What a failed proof leaves: reasons, each with values that may show it. */
import type { CompatibilityPolicy } from "../tools/contract.js";
import type { Instances } from "./instances.js";
import type { All, NormalForms } from "./normal-form.js";

/** A reason why the inclusion may not hold. */
export interface Obstacle {
  readonly rule: string;
  /** In the narrower schema. */
  readonly pointer: string;
  readonly message: string;
  /** Values of the place under question that may show it. */
  readonly proposals: () => Iterable<unknown>;
}

export interface Side {
  readonly forms: NormalForms;
  readonly instances: Instances;
  readonly accepts: (all: All, value: unknown) => boolean;
}

/** What the parts of a proof ask of the whole. */
export interface Proof {
  readonly wide: Side;
  readonly narrow: Side;
  readonly policy: CompatibilityPolicy;
  /** Why not everything that `a` takes on the wide side is taken by `b` on the narrow one. */
  obstacles(a: All, b: All, path: string): readonly Obstacle[];
  /** As `obstacles`, in a strict proof of its own. Undefined where it would go too deep: nothing is known then. */
  why(a: All, b: All): readonly Obstacle[] | undefined;
  /** The same from the narrow side to the wide one. */
  whyBack(b: All, a: All): readonly Obstacle[] | undefined;
}

export type Report = (
  rule: string,
  pointer: string,
  message: string,
  proposals?: () => Iterable<unknown>,
) => void;

export const PROPOSALS = 40;

export function* first<T>(values: Iterable<T>, most: number): Generator<T> {
  let n = 0;
  for (const value of values) {
    if (n >= most) return;
    n += 1;
    yield value;
  }
}

export const place = (path: string) => (path === "" ? "the value" : path);
export const article = (kind: string) =>
  kind === "null" ? "null" : /^[ao]/.test(kind) ? `an ${kind}` : `a ${kind}`;

/** Obstacles of a part, with proposals for the whole. */
export const wrap = (
  obstacles: readonly Obstacle[],
  build: (value: unknown) => Iterable<unknown>,
): Obstacle[] =>
  obstacles.map((obstacle) => ({
    ...obstacle,
    *proposals() {
      for (const value of obstacle.proposals()) yield* build(value);
    },
  }));

/** Each obstacle once, with all the proposals. */
export function unique(obstacles: readonly Obstacle[]): readonly Obstacle[] {
  const seen = new Map<string, Obstacle>();
  for (const obstacle of obstacles) {
    const key = `${obstacle.rule} ${obstacle.pointer} ${obstacle.message}`;
    const known = seen.get(key);
    seen.set(
      key,
      known === undefined
        ? obstacle
        : {
            ...known,
            *proposals() {
              yield* known.proposals();
              yield* obstacle.proposals();
            },
          },
    );
  }
  return [...seen.values()];
}
