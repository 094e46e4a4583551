/** Every error of the store: one row a code, with the HTTP status that it deserves. Codes are never reused. */
export const STORE_ERRORS = {
  INVALID_FILTER: { status: 400, title: "The filter has a field or a value that it cannot have." },
  INVALID_LIMIT: { status: 400, title: "The limit is not a whole number in the allowed range." },
  INVALID_CURSOR: { status: 400, title: "The cursor is broken or belongs to another query." },
  INVALID_IMPORT: { status: 400, title: "The import is not what an export gives." },
  INVALID_RETENTION: { status: 400, title: "The retention rules are wrong." },
  INVALID_REPLAY: { status: 400, title: "The replay that was asked for is not possible." },
  UNKNOWN_EVENT: { status: 404, title: "No such event is stored." },
  UNKNOWN_QUEUE: { status: 404, title: "There is no such queue." },
  UNKNOWN_REPLAY: { status: 404, title: "There is no such replay." },
  REPLAY_STATE: { status: 409, title: "The replay is in a state in which this cannot be done." },
  RECORDER_RUNNING: { status: 409, title: "The store has a recorder already." },
  FILE_EXISTS: { status: 409, title: "The file exists; nothing is overwritten." },
  STORE_FULL: { status: 507, title: "The disk or the database is full." },
  STORE_BUSY: { status: 503, title: "Another process holds the store's lock." },
  STORE_UNAVAILABLE: { status: 503, title: "The store cannot be reached." },
  STORE_POOLED: {
    status: 503,
    title: "The database is reached through a pooler that keeps no session; the store needs one.",
  },
  STORE_CORRUPT: { status: 500, title: "The store's file is damaged." },
  STORE_TOO_NEW: { status: 500, title: "The store was written by a newer version." },
  STORE_CLOSED: { status: 503, title: "The store is closed." },
  STORE_FAILED: { status: 500, title: "The store failed in a way that it does not know." },
} as const;

export type StoreErrorCode = keyof typeof STORE_ERRORS;

export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string = STORE_ERRORS[code].title, options?: ErrorOptions) {
    super(message, options);
    this.name = "StoreError";
    this.code = code;
  }

  /** The HTTP status that a problem document gives. */
  get status(): number {
    return STORE_ERRORS[this.code].status;
  }
}
