/**
 * Every problem that the HTTP API answers with: one row a code (RFC 9457, `code` is the extension member). Codes are
 * stable and never reused; `docs/reference/problems.md` lists them, and a test keeps the two alike.
 */
export const PROBLEMS = {
  MALFORMED_JSON: { status: 400, title: "Malformed JSON", hint: "Send one JSON document in UTF-8." },
  BAD_REQUEST: { status: 400, title: "Not a request this address understands" },
  BAD_CURSOR: { status: 400, title: "Not a cursor of this list", hint: "Start again without a cursor." },
  MISSING_EVENT: { status: 400, title: "Not a webhook of GitHub" },
  NOT_SIGNED_IN: {
    status: 401,
    title: "A token is needed",
    hint: "Send it as `Authorization: Bearer …`; BLOODBANK_TOKENS names the file of tokens.",
  },
  INVALID_SIGNATURE: {
    status: 401,
    title: "Wrong signature",
    hint: "The sender's secret and the platform's are not the same.",
  },
  NOT_ALLOWED: {
    status: 403,
    title: "This token may not do that",
    hint: "Use a token of the role operator.",
  },
  FOREIGN_ORIGIN: {
    status: 403,
    title: "Not from this page",
    hint: "Open the page at the platform's own address.",
  },
  NOT_FOUND: { status: 404, title: "There is nothing here", hint: "GET /openapi.json lists what there is." },
  EVENT_NOT_FOUND: {
    status: 404,
    title: "No such event",
    hint: "A young event may still be on its way into the store: try again.",
  },
  CONTRACT_NOT_FOUND: {
    status: 404,
    title: "No such contract",
    hint: "GET /schemas/catalog and `bb schema list` list them.",
  },
  DEAD_LETTER_NOT_FOUND: { status: 404, title: "No such dead letter" },
  REDRIVE_NOT_FOUND: {
    status: 404,
    title: "No such redrive",
    hint: "GET /api/v1/dead-letters/redrives lists them.",
  },
  WEBHOOK_NOT_FOUND: {
    status: 404,
    title: "No such webhook",
    hint: "GET /api/v1/webhooks and `bb webhook list` list them.",
  },
  QUEUE_NOT_FOUND: {
    status: 404,
    title: "No such queue",
    hint: "GET /api/v1/topology and `bb topology queues` list them.",
  },
  REPLAY_NOT_FOUND: { status: 404, title: "No such replay" },
  SERVICE_NOT_FOUND: {
    status: 404,
    title: "No such service",
    hint: "GET /api/v1/services and `bb service list` list them.",
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: "Not with this method",
    hint: "The header Allow names the methods.",
  },
  IDEMPOTENCY_CONFLICT: {
    status: 409,
    title: "The key was used for another event",
    hint: "One Idempotency-Key stands for one payload of one type.",
  },
  CONFLICT: { status: 409, title: "Not in this state" },
  TOO_LARGE: { status: 413, title: "Too large" },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: "Not a content type that is understood here",
    hint: "Send `content-type: application/json`, or `application/x-ndjson` for lines of JSON.",
  },
  CONTRACT_VIOLATION: { status: 422, title: "The event breaks its contract" },
  UNKNOWN_EVENT_TYPE: {
    status: 422,
    title: "No contract is known for this event type",
    hint: "GET /schemas/catalog lists those of the platform's start; `bb schema new` writes one, and the next start reads it.",
  },
  ROUTING_KEY_MISMATCH: { status: 422, title: "The routing key differs from the event type" },
  WRONG_SHAPE: { status: 422, title: "Not what this webhook expects" },
  TOO_MANY_REQUESTS: { status: 429, title: "Too many requests" },
  INTERNAL: { status: 500, title: "Something broke", hint: "The platform's log says what." },
  PUBLISH_REFUSED: {
    status: 502,
    title: "The broker refused the event",
    hint: "`bb quarantine` shows why.",
  },
  BUS_UNAVAILABLE: {
    status: 503,
    title: "The bus did not confirm",
    hint: "Send it again with the same id: that makes no second event. GET /health/ready says how the bus is.",
  },
  STORE_UNAVAILABLE: {
    status: 503,
    title: "The event store cannot be asked",
    hint: "GET /health/ready says why.",
  },
  MANAGEMENT_UNAVAILABLE: {
    status: 503,
    title: "The broker's management API does not answer",
    hint: "Set RABBITMQ_MANAGEMENT_URL, or enable the plugin rabbitmq_management.",
  },
} as const satisfies Record<string, { status: number; title: string; hint?: string }>;

export type ProblemCode = keyof typeof PROBLEMS;
