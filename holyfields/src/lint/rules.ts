/** Every rule of `bb schema lint`: its name, what it asks for, and how much it matters. Names are stable. */
import type { Severity } from "../tools/contract.js";

export interface LintRule {
  readonly severity: Severity;
  readonly asks: string;
}

export const LINT_RULES = {
  readable: { severity: "error", asks: "The file is a JSON object without a member twice." },
  sound: { severity: "error", asks: "References lead somewhere, patterns and formats are usable." },
  name: { severity: "error", asks: "File name, folder, $id, event_type and version agree." },
  draft: { severity: "error", asks: "$schema names JSON Schema 2020-12." },
  "valid-schema": { severity: "error", asks: "The file is valid JSON Schema 2020-12." },
  "known-keywords": { severity: "error", asks: "Only keywords that every engine judges alike." },
  envelope: { severity: "error", asks: "The contract composes the envelope by $ref." },
  title: { severity: "error", asks: "The contract has a title: its event type in PascalCase." },
  description: { severity: "error", asks: "The contract and each of its members are described." },
  owner: { severity: "error", asks: "x-owner says who answers for the contract." },
  stability: { severity: "error", asks: "x-stability is draft, stable, deprecated or retired." },
  compatibility: {
    severity: "error",
    asks: "x-compatibility, where it is there, is one of the seven modes.",
  },
  lifecycle: { severity: "error", asks: "A deprecated or retired contract says since when." },
  examples: { severity: "error", asks: "At least two examples, all of which keep the contract." },
  "invalid-examples": { severity: "error", asks: "All of x-invalid-examples break the contract." },
  "unsatisfiable-required": { severity: "error", asks: "What is required is described." },
  "typed-enum": {
    severity: "warning",
    asks: "An enum stands beside a type, so that generated types say what it is.",
  },
  "open-enum": {
    severity: "warning",
    asks: "An enum is not undone by an alternative that takes every value of its type.",
  },
  "portable-pattern": { severity: "error", asks: "Patterns are read alike by JavaScript and Python." },
  "open-payload": { severity: "warning", asks: "Objects are open, so that producers can add members." },
  "ignored-rule": { severity: "error", asks: "x-lint-ignore names known rules, each with a reason." },
} as const satisfies Readonly<Record<string, LintRule>>;

export type LintRuleName = keyof typeof LINT_RULES;
