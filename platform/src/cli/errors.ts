/** What a command can fail with: a stable code, the exit code that goes with it, a sentence, and what to do next. */
import { EXIT, type ExitCode } from "./exit-codes.js";

export const CLI_ERRORS = {
  UNREACHABLE: EXIT.unavailable,
  SLOW: EXIT.unavailable,
  NOT_UNDERSTOOD: EXIT.unavailable,
  REFUSED: EXIT.no,
  NOT_FOUND: EXIT.no,
  NOT_ALLOWED: EXIT.notAllowed,
  PLATFORM_FAILED: EXIT.unavailable,
  BAD_USAGE: EXIT.usage,
  BAD_DATA: EXIT.data,
  NO_INPUT: EXIT.noInput,
  CANNOT_WRITE: EXIT.cannotCreate,
  BAD_CONFIG: EXIT.config,
  BUSY: EXIT.unavailable,
} as const satisfies Record<string, ExitCode>;

export type CliErrorCode = keyof typeof CLI_ERRORS;

/** What to do where nothing better is known at the place. */
const HINTS: Partial<Record<CliErrorCode, string>> = {
  BAD_USAGE: "`bb help <command>` explains a command",
  NO_INPUT: "it has to be there, and this user be allowed to read it",
  CANNOT_WRITE: "it has to be a place where this user may write, on a disk with room",
};

export interface CliErrorOptions {
  readonly hint?: string | undefined;
  /** Lines that belong to it: each violation of a contract, say. */
  readonly details?: readonly string[];
  /** The platform's own code, where it gave one. */
  readonly problem?: string | undefined;
  readonly cause?: unknown;
}

export class CliError extends Error {
  override readonly name = "CliError";
  readonly code: CliErrorCode;
  readonly hint: string | undefined;
  readonly details: readonly string[];
  readonly problem: string | undefined;

  constructor(code: CliErrorCode, message: string, options: CliErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? HINTS[code];
    this.details = options.details ?? [];
    this.problem = options.problem;
  }

  get exit(): ExitCode {
    return CLI_ERRORS[this.code];
  }
}

export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);
