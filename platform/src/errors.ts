/**
 * What stops a start, or an answer, of the platform: one row a code. Codes are stable and never reused.
 * The exit codes are those of sysexits.h, as far as they mean the same.
 */

export const START_ERRORS = {
  BAD_CONFIG: { exit: 78, summary: "A variable has a value that cannot be used." },
  BAD_CONTRACTS: { exit: 78, summary: "The schema files are not a valid catalog." },
  BAD_REGISTRY: { exit: 78, summary: "services/registry.yaml is not a valid registry." },
  PORT_TAKEN: { exit: 69, summary: "A port that was asked for is in use." },
  ALREADY_RUNNING: { exit: 69, summary: "Another platform runs on this data directory." },
  DATA_DIR_UNUSABLE: { exit: 73, summary: "The data directory cannot be written to." },
  VAULT_UNUSABLE: { exit: 73, summary: "The folder for transcripts cannot be written to." },
  BUS_REFUSED: { exit: 77, summary: "RabbitMQ does not let this user in." },
  BROKER_FAILED: { exit: 70, summary: "The embedded broker could not start." },
  STORE_FAILED: { exit: 70, summary: "The event store could not be opened." },
} as const;

export type StartErrorCode = keyof typeof START_ERRORS;

/** The platform cannot start. `message` is the one line for the person who started it; `hint` says what to do. */
export class StartError extends Error {
  readonly code: StartErrorCode;
  readonly hint: string | undefined;

  constructor(
    code: StartErrorCode,
    message: string,
    options: ErrorOptions & { readonly hint?: string } = {},
  ) {
    super(message, options);
    this.name = "StartError";
    this.code = code;
    this.hint = options.hint;
  }

  /** What the process should end with. */
  get exitCode(): number {
    return START_ERRORS[this.code].exit;
  }
}

/** The message of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Why something is away. Node's error of a name with several addresses has a code, and nothing to say. */
export function reasonOf(thrown: unknown): string {
  const message = messageOf(thrown);
  if (!/(^|: )$/.test(message)) return message;
  const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
  return `${message}${systemCode(cause) ?? "no connection"}`;
}

/** The `code` of a Node system error, where it is one. */
export function systemCode(thrown: unknown): string | undefined {
  if (typeof thrown !== "object" || thrown === null || !("code" in thrown)) return undefined;
  return typeof thrown.code === "string" ? thrown.code : undefined;
}
