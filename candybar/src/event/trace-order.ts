/** A causal graph as lines of a tree, from its roots, in the order in which things happened. */
import type { Trace, TraceNode } from "../api/schemas.js";

export interface TraceLine {
  readonly node: TraceNode;
  readonly depth: number;
  /** For each level above, whether its branch goes on below this line. */
  readonly rails: readonly boolean[];
  readonly last: boolean;
  /** Milliseconds after the event above it, and after the first of the whole trace. */
  readonly sinceCause: number | undefined;
  readonly sinceStart: number;
  /** Causes other than the one that it stands under. */
  readonly alsoCausedBy: readonly TraceNode[];
}

const at = (node: TraceNode) => Date.parse(node.timestamp ?? "");

/** Each event once, under the cause that came first in the walk. Safe for cycles, which broken clients can make. */
export function traceLines(trace: Trace): { readonly lines: readonly TraceLine[]; readonly span: number } {
  const byId = new Map(trace.nodes.map((node) => [node.event_id, node]));
  const times = trace.nodes.map(at).filter((time) => !Number.isNaN(time));
  const start = times.reduce((min, time) => Math.min(min, time), Number.POSITIVE_INFINITY);
  const span = times.reduce((max, time) => Math.max(max, time), start) - start || 0;
  const seen = new Set<string>();
  const lines: TraceLine[] = [];
  const order = (a: TraceNode, b: TraceNode) =>
    (at(a) || 0) - (at(b) || 0) || (a.position ?? 0) - (b.position ?? 0);
  const known = (ids: readonly string[]) => ids.flatMap((id) => byId.get(id) ?? []);

  // An explicit stack: a long conversation is deeper than the engine's own.
  type Step = { node: TraceNode; above: TraceNode | undefined; rails: readonly boolean[]; last: boolean };
  const walk = (first: TraceNode) => {
    const stack: Step[] = [{ node: first, above: undefined, rails: [], last: true }];
    for (let step = stack.pop(); step; step = stack.pop()) {
      const { node, above, rails, last } = step;
      if (seen.has(node.event_id)) continue;
      seen.add(node.event_id);
      lines.push({
        node,
        depth: rails.length,
        rails,
        last,
        sinceCause: above && !Number.isNaN(at(above)) ? at(node) - at(above) : undefined,
        sinceStart: (at(node) || start) - start,
        alsoCausedBy: known(node.causes).filter((cause) => cause !== above),
      });
      const effects = known(node.effects)
        .filter((effect) => !seen.has(effect.event_id))
        .sort(order);
      const below = above ? [...rails, !last] : [false];
      for (let i = effects.length - 1; i >= 0; i--) {
        stack.push({ node: effects[i]!, above: node, rails: below, last: i === effects.length - 1 });
      }
    }
  };
  for (const root of known(trace.roots)) walk(root);
  for (const node of trace.nodes) if (!seen.has(node.event_id)) walk(node);
  return { lines, span };
}
