/** RFC 9457 documents: what a refused request is answered with. */
import type { Violation } from "@33god/holyfields";
import { PROBLEMS, type ProblemCode } from "./problem-codes.js";

export const PROBLEM_TYPE = "application/problem+json";

export interface ProblemExtras {
  /** Every place where what was sent is wrong. */
  readonly violations?: readonly (Pick<Violation, "pointer" | "message"> & Partial<Violation>)[];
  /** Known names nearest to an unknown one. */
  readonly nearest?: readonly string[];
  /** What to do, where that is better known here than in the table. */
  readonly hint?: string;
  readonly [member: string]: unknown;
}

/** Thrown by a route; the error handler makes the answer of it. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly extras: ProblemExtras;

  constructor(code: ProblemCode, detail: string, extras: ProblemExtras = {}, options?: ErrorOptions) {
    super(detail, options);
    this.name = "Problem";
    this.code = code;
    this.extras = extras;
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }

  document(instance?: string): Readonly<Record<string, unknown>> {
    const row: { readonly status: number; readonly title: string; readonly hint?: string } =
      PROBLEMS[this.code];
    const hint = this.extras.hint ?? row.hint;
    return {
      type: `urn:bloodbank:problem:${this.code}`,
      title: row.title,
      status: row.status,
      code: this.code,
      detail: this.message,
      ...(instance !== undefined && { instance }),
      ...this.extras,
      ...(hint !== undefined && { hint }),
    };
  }
}
