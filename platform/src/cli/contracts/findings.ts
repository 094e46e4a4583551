/** What the compatibility checker found, for a person. */
import type { CompatibilityFinding, CompatibilityMode } from "@33god/holyfields/tools";
import type { Paint } from "../terminal/paint.js";

/** Confluent's seven. Written here so that the help can name them without loading the checker. */
export const MODES: readonly CompatibilityMode[] = [
  "NONE",
  "BACKWARD",
  "BACKWARD_TRANSITIVE",
  "FORWARD",
  "FORWARD_TRANSITIVE",
  "FULL",
  "FULL_TRANSITIVE",
];

export function verdictWord(compatible: boolean | null, paint: Paint): string {
  if (compatible === null) return paint.yellow("undecided, which is not compatible");
  return compatible ? paint.green("compatible") : paint.red("incompatible");
}

export function findingLines(finding: CompatibilityFinding, paint: Paint): readonly string[] {
  const { rule, direction, verdict, pointer, message, advice, witness } = finding;
  const mark = verdict === "incompatible" ? paint.red("✗") : paint.yellow("?");
  return [
    `${mark} ${message} ${paint.dim(`${rule}, ${direction}, ${pointer || "/"}`)}`,
    ...(witness === undefined ? [] : [paint.dim(`    for example ${JSON.stringify(witness)}`)]),
    `    ${paint.dim("→")} ${advice}`,
  ];
}
