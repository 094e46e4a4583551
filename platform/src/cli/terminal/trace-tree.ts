/** A causal graph as a tree. Each event has its effects beneath it once; where it comes again, `↑` points back. */

import type { Trace, TraceNode } from "../api/answers.js";
import { counted } from "./counted.js";
import { type Paint, paintType } from "./paint.js";
import { displayWidth, oneLine } from "./table.js";
import { duration } from "./time.js";

export interface TreeStyle {
  readonly times: boolean;
  readonly ids: boolean;
  readonly paint: Paint;
}

interface Line {
  readonly stem: string;
  readonly node: TraceNode;
  readonly parent: TraceNode | undefined;
  readonly again: boolean;
}

/**
 * So many levels are indented; those below begin at the left again, behind how many were left out. A chain of 10,000
 * events would have lines of 30,000 signs, and take a gigabyte to draw them.
 */
const DEEPEST = 32;

/** The apps begin here where the types leave room, so that one trace lines up with the next. */
const APP_COLUMN = 46;

/** Iterative: a chain of 10,000 events is a deep tree. */
function flatten({ roots, nodes }: Trace): readonly Line[] {
  const byId = new Map(nodes.map((node) => [node.event_id, node]));
  const drawn = new Set<string>();
  const lines: Line[] = [];
  interface Step {
    readonly id: string;
    readonly indent: string;
    /** Levels that the indentation leaves out. */
    readonly above: number;
    readonly last: boolean | undefined;
    readonly parent: TraceNode | undefined;
  }
  const walk = (start: string) => {
    const stack: Step[] = [{ id: start, indent: "", above: 0, last: undefined, parent: undefined }];
    for (let step = stack.pop(); step !== undefined; step = stack.pop()) {
      const { id, indent, above, last, parent } = step;
      const node = byId.get(id);
      if (node === undefined) continue;
      const again = drawn.has(id);
      drawn.add(id);
      const leftOut = above === 0 ? "" : `⋯ ${above} `;
      const stem = last === undefined ? "" : `${leftOut}${indent}${last ? "└─ " : "├─ "}`;
      lines.push({ stem, node, parent, again });
      if (again) continue;
      const effects = node.effects.filter((effect) => byId.has(effect));
      const below = last === undefined ? "" : `${indent}${last ? "   " : "│  "}`;
      const levels = below.length / 3;
      const place = levels < DEEPEST ? { indent: below, above } : { indent: "", above: above + levels };
      for (let index = effects.length - 1; index >= 0; index -= 1)
        stack.push({
          id: effects[index] as string,
          ...place,
          last: index === effects.length - 1,
          parent: node,
        });
    }
  };
  for (const root of roots) walk(root);
  // A cycle has no root: what was not reached is drawn from its earliest event.
  for (const { event_id } of nodes) if (!drawn.has(event_id)) walk(event_id);
  return lines;
}

/** The tree's lines: the type, then the app in a column of its own, then what the style asks for. */
export function drawTrace(trace: Trace, { times, ids, paint }: TreeStyle): readonly string[] {
  const lines = flatten(trace);
  const name = ({ node }: Line) => oneLine(node.missing ? `? ${node.event_id}` : (node.event_type ?? "?"));
  const widest = lines.reduce((most, line) => Math.max(most, displayWidth(line.stem + name(line))), 0);
  const width = Math.max(APP_COLUMN, widest + 2);
  const appWidth = lines.reduce((most, { node }) => Math.max(most, displayWidth(appOf(node))), 0);
  const start = lines.reduce((least, { node }) => {
    const time = at(node);
    return Number.isNaN(time) ? least : Math.min(least, time);
  }, Number.POSITIVE_INFINITY);
  return lines.map((line) => {
    const { node, parent, stem, again } = line;
    const text = name(line);
    const room = " ".repeat(Math.max(1, width - displayWidth(stem + text)));
    const app = appOf(node);
    const extra = [
      ...(times ? [timing(node, parent, start)] : []),
      ...(ids && !node.missing ? [node.event_id] : []),
      ...(node.valid === false ? [paint.red("✗ breaks its contract")] : []),
      ...(again ? [] : retrying(node).map((attempt) => paint.yellow(attempt))),
      ...(again ? [] : failures(node).map((failure) => paint.red(failure))),
      ...(again ? [] : (node.acts ?? []).map((act) => paint.dim(actText(act)))),
      ...(again ? [paint.dim("↑ shown above")] : []),
      // The first root needs no mark: it is where one looks first.
      ...(node.event_id === trace.event_id && node !== lines[0]?.node ? [paint.bold("◀")] : []),
    ].filter((part) => part !== "");
    const padded = extra.length > 0 ? app + " ".repeat(Math.max(0, appWidth - displayWidth(app))) : app;
    const shown = node.missing ? paint.yellow(text) : paintType(paint, node.event_type ?? "", text);
    return `${paint.dim(stem)}${shown}${room}${paint.dim(padded)}${extra.length > 0 ? `  ${extra.join("  ")}` : ""}`.trimEnd();
  });
}

/** From the first event of the graph, and from the cause that it is drawn beneath. */
function timing(node: TraceNode, parent: TraceNode | undefined, start: number): string {
  const time = at(node);
  if (Number.isNaN(time)) return "";
  const since = parent === undefined ? Number.NaN : time - at(parent);
  return `+${duration(time - start)}${Number.isNaN(since) ? "" : ` (${duration(since)} after its cause)`}`;
}

/** For each queue whose next attempt is still to come: which one it is, when, and why the last one failed. */
function retrying({ failed_attempts: all = [] }: TraceNode): readonly string[] {
  const newest = new Map(all.map((attempt) => [attempt.queue, attempt]));
  return [...newest.values()]
    .filter(({ next_attempt_at: next }) => next !== undefined && Date.parse(next) > Date.now())
    .map(({ queue, attempt, attempts_at_most: most, next_attempt_at: next, reason }) =>
      oneLine(`↻ attempt ${attempt + 1} of ${most} in ${queue} at ${next?.slice(11, 19)}: ${reason}`),
    );
}

/** Where it lies as a dead letter. */
const failures = ({ dead_letters: letters = [] }: TraceNode): readonly string[] =>
  letters.map(({ queue, attempts, reason }) =>
    oneLine(`✗ dead in ${queue} after ${counted(attempts, "attempt")}: ${reason}`),
  );

/** `redriven by alice`. */
const actText = ({ event_type: type, actor }: NonNullable<TraceNode["acts"]>[number]): string =>
  oneLine(`${type.slice(type.lastIndexOf(".") + 1)}${actor === undefined ? "" : ` by ${actor}`}`);

const appOf = ({ missing, source_app }: TraceNode): string =>
  missing ? "never stored" : oneLine(source_app ?? "");

const at = ({ timestamp }: TraceNode): number => Date.parse(timestamp ?? "");
