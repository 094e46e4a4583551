/** Every failure of this service: one row a code. Codes are stable; the door's are also its problem documents'. */
export const ERROR_CODES = {
  INVALID_SIGNATURE: "X-Hub-Signature is missing or does not belong to this body.",
  MALFORMED_JSON: "The body is not JSON in UTF-8.",
  WRONG_SHAPE: "The body is neither a Fireflies webhook nor a whole transcript.",
  BUS_UNAVAILABLE: "The webhook could not be put on the queue; send it again.",
  NO_API_KEY: "FIREFLIES_API_KEY is not set, so no transcript can be fetched.",
  API_REFUSED: "Fireflies refused the request; asking again gives the same answer.",
  API_UNAVAILABLE: "Fireflies did not answer in time, or answered with a failure that may pass.",
  RATE_LIMITED: "Fireflies asked to be left alone for a while.",
  NOT_READY: "Fireflies does not have the whole transcript yet.",
  CONTRACT_VIOLATION: "What Fireflies sent cannot be brought into the contract's form.",
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** A transcript could not be had. `permanent`: trying again is useless until a person changes something. */
export class FirefliesError extends Error {
  readonly code: ErrorCode;
  readonly permanent: boolean;
  /** Milliseconds that Fireflies asked to wait. */
  readonly retryAfter: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: ErrorOptions & { readonly permanent?: boolean; readonly retryAfter?: number | undefined } = {},
  ) {
    super(message, options);
    this.name = "FirefliesError";
    this.code = code;
    this.permanent = options.permanent ?? false;
    this.retryAfter = options.retryAfter;
  }
}
