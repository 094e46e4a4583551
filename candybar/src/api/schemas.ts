/**
 * What the HTTP API answers, checked when it arrives.
 *
 * The checks are forgiving where that is harmless (unknown members pass, optional ones may be missing) and strict
 * where the page would otherwise show something untrue: identity, order and validity.
 */
import * as z from "zod/mini";

// The page may be served with a policy that forbids eval.
z.config({ jitless: true });

const record = z.record(z.string(), z.unknown());
const list = <T extends z.ZodMiniType>(item: T) => z._default(z.array(item), []);

const violation = z.object({
  pointer: z.string(),
  keyword: z._default(z.string(), ""),
  message: z.string(),
});
export type Violation = z.infer<typeof violation>;

export const storedEvent = z.object({
  position: z.number(),
  event_id: z.string(),
  event_type: z.string(),
  version: z._default(z.string(), ""),
  timestamp: z._default(z.string(), ""),
  source_app: z._default(z.string(), ""),
  correlation_ids: list(z.string()),
  received_at: z.string(),
  exchange: z._default(z.string(), ""),
  routing_key: z._default(z.string(), ""),
  headers: z._default(record, {}),
  valid: z.boolean(),
  violations: list(violation),
  duplicates: z._default(z.number(), 0),
  event: z.unknown(),
});
export type StoredEvent = z.infer<typeof storedEvent>;

export const page = z.object({ events: z.array(storedEvent), next_cursor: z.nullish(z.string()) });

const failedAttempt = z.object({
  event_id: z.string(),
  queue: z.string(),
  attempt: z.number(),
  attempts_at_most: z.number(),
  outcome: z._default(z.string(), ""),
  code: z._default(z.string(), ""),
  reason: z._default(z.string(), ""),
  failed_at: z.string(),
  next_attempt_at: z.optional(z.string()),
});

const traceNode = z.object({
  event_id: z.string(),
  missing: z._default(z.boolean(), false),
  event_type: z.optional(z.string()),
  timestamp: z.optional(z.string()),
  source_app: z.optional(z.string()),
  valid: z.optional(z.boolean()),
  position: z.optional(z.number()),
  causes: list(z.string()),
  effects: list(z.string()),
  failed_attempts: list(failedAttempt),
});
export type TraceNode = z.infer<typeof traceNode>;

export const trace = z.object({
  event_id: z.string(),
  roots: z.array(z.string()),
  nodes: z.array(traceNode),
  truncated: z._default(z.boolean(), false),
});
export type Trace = z.infer<typeof trace>;

/** A text, or several; the registry allows both. */
const texts = z.pipe(
  z._default(z.nullable(z.union([z.string(), z.array(z.string())])), []),
  z.transform((value): string[] => (value === null ? [] : typeof value === "string" ? [value] : value)),
);

const observed = z.looseObject({
  connected: z.optional(z.boolean()),
  consumers: z.optional(z.number()),
  depth: z.optional(z.number()),
  unacked: z.optional(z.number()),
  rate: z.optional(z.number()),
  failures: z.optional(z.number()),
});

const service = z.looseObject({
  name: z.string(),
  description: z._default(z.string(), ""),
  type: texts,
  owner: z._default(z.string(), ""),
  status: z._default(z.string(), "active"),
  layer: z.optional(z.string()),
  tags: texts,
  queue_name: z.optional(z.string()),
  queue_names: texts,
  routing_keys: texts,
  produces: texts,
  observed: z.nullish(observed),
  external: z.optional(z.boolean()),
  process: z.nullish(
    z.looseObject({
      state: z.string(),
      pid: z.nullish(z.number()),
      since: z.optional(z.string()),
      restarts: z.optional(z.number()),
      reason: z.nullish(z.string()),
      memory_mb: z.nullish(z.number()),
    }),
  ),
});
export type Service = z.infer<typeof service>;
export const services = z.object({ services: z.array(service) });

const topologyNode = z.looseObject({
  id: z.string(),
  kind: z.string(),
  label: z.optional(z.string()),
  layer: z.nullish(z.string()),
  declared: z._default(z.boolean(), true),
  observed: z._default(z.boolean(), true),
  status: z.nullish(z.string()),
  depth: z.nullish(z.number()),
  consumers: z.nullish(z.number()),
  rate: z.nullish(z.number()),
  failures: z.nullish(z.number()),
  unacked: z.nullish(z.number()),
  external: z.optional(z.boolean()),
  note: z.nullish(z.string()),
});
export type TopologyNode = z.infer<typeof topologyNode>;

const topologyEdge = z.looseObject({
  from: z.string(),
  to: z.string(),
  kind: z._default(z.string(), ""),
  label: z.nullish(z.string()),
  declared: z._default(z.boolean(), true),
  observed: z._default(z.boolean(), true),
  rate: z.nullish(z.number()),
});
export type TopologyEdge = z.infer<typeof topologyEdge>;

export const topology = z.looseObject({
  layers: list(z.string()),
  nodes: z.array(topologyNode),
  edges: z.array(topologyEdge),
  findings: list(
    z.looseObject({
      code: z._default(z.string(), ""),
      severity: z._default(z.string(), "warning"),
      subject: z._default(z.string(), ""),
      message: z.string(),
      hint: z.nullish(z.string()),
    }),
  ),
});
export type Topology = z.infer<typeof topology>;

const deadLetter = z.looseObject({
  id: z.string(),
  queue: z.string(),
  event_id: z.nullish(z.string()),
  event_type: z._default(z.string(), "unknown"),
  reason: z._default(z.string(), ""),
  code: z._default(z.string(), ""),
  attempts: z._default(z.number(), 0),
  first_at: z.nullish(z.string()),
  last_at: z.nullish(z.string()),
  failed_at: list(z.string()),
  stack: z.nullish(z.string()),
  headers: z._default(record, {}),
  event: z.optional(z.unknown()),
});
export type DeadLetter = z.infer<typeof deadLetter>;
export const deadLetters = z.looseObject({
  dead_letters: z.array(deadLetter),
  next_cursor: z.nullish(z.string()),
});

/** The letters of a trace's events, without what they hold. */
export const traceLetters = z.looseObject({
  nodes: z.array(z.looseObject({ event_id: z.string(), dead_letters: list(deadLetter) })),
  dead_letters_complete: z._default(z.boolean(), true),
});

const letterGroup = z.looseObject({
  group: z.string(),
  queue: z.string(),
  event_type: z.string(),
  code: z._default(z.string(), ""),
  reason: z._default(z.string(), ""),
  count: z.number(),
  first_at: z.nullish(z.string()),
  last_at: z.nullish(z.string()),
  trend: list(z.number()),
});
export type LetterGroup = z.infer<typeof letterGroup>;
export const letterGroups = z.looseObject({
  groups: z.array(letterGroup),
  total: z._default(z.number(), 0),
  complete: z._default(z.boolean(), true),
});

export const redrive = z.looseObject({
  redrive_id: z.string(),
  state: z.string(),
  queues: list(z.string()),
  event_types: list(z.string()),
  total: z.number(),
  done: z.number(),
  failed: list(z.object({ id: z.string(), reason: z.string() })),
  rate: z.optional(z.number()),
  actor: z._default(z.string(), ""),
  reason: z.optional(z.string()),
  created_at: z.string(),
  error: z.optional(z.string()),
});
export type Redrive = z.infer<typeof redrive>;
export const redrives = z.looseObject({ redrives: z.array(redrive) });

const quarantined = z.looseObject({
  id: z.string(),
  event_id: z.nullish(z.string()),
  event_type: z._default(z.string(), "unknown"),
  reason: z._default(z.string(), ""),
  client: z._default(z.string(), ""),
  refused_at: z.nullish(z.string()),
  violations: list(violation),
  event: z.optional(z.unknown()),
});
export type Quarantined = z.infer<typeof quarantined>;
export const quarantine = z.looseObject({ quarantined: z.array(quarantined), total: z.number() });

const replayRequest = z.looseObject({
  select: z.looseObject({
    filter: z.optional(record),
    trace: z.optional(z.string()),
    from_position: z.optional(z.number()),
    to_position: z.optional(z.number()),
  }),
  queue: z.optional(z.string()),
  speed: z.optional(z.union([z.literal("max"), z.number()])),
  rate: z.optional(z.number()),
  actor: z.optional(z.string()),
  reason: z.optional(z.string()),
});
export type ReplayRequest = z.infer<typeof replayRequest>;

export const replay = z.looseObject({
  replay_id: z.string(),
  request: replayRequest,
  state: z.string(),
  total: z.number(),
  sent: z.number(),
  unrouted: z._default(z.number(), 0),
  created_at: z.string(),
  updated_at: z._default(z.string(), ""),
  finished_at: z.nullish(z.string()),
  error: z.nullish(z.string()),
});
export type Replay = z.infer<typeof replay>;
export const replays = z.looseObject({ replays: z.array(replay) });
export const replayPreview = z.looseObject({
  total: z.number(),
  by_type: list(z.object({ event_type: z.string(), count: z.number() })),
  first_received_at: z.nullish(z.string()),
  last_received_at: z.nullish(z.string()),
});

export const contract = z.looseObject({
  event_type: z.string(),
  version: z.string(),
  title: z._default(z.string(), ""),
  description: z._default(z.string(), ""),
  owner: z._default(z.string(), ""),
  stability: z._default(z.string(), "stable"),
  schema: z.optional(record),
  examples: list(record),
});
export type Contract = z.infer<typeof contract>;
export const catalog = z.object({ contracts: z.array(contract) });

export const revisions = z.looseObject({
  revisions: z.array(z.object({ name: z.string(), version: z.string(), revision: z.number() })),
});

export const contractDiff = z.looseObject({
  from: z.string(),
  to: z.string(),
  compatible: z.nullable(z.boolean()),
  changes: z.array(z.object({ kind: z.string(), pointer: z.string(), message: z.string() })),
  findings: z.array(
    z.looseObject({
      rule: z.string(),
      direction: z.string(),
      verdict: z.string(),
      pointer: z.string(),
      message: z.string(),
      advice: z._default(z.string(), ""),
      witness: z.optional(z.unknown()),
    }),
  ),
});
export type ContractDiff = z.infer<typeof contractDiff>;

export const verdict = z.looseObject({
  valid: z.boolean(),
  code: z.optional(z.string()),
  message: z.optional(z.string()),
  violations: list(violation),
  nearest: list(z.string()),
});
export type Verdict = z.infer<typeof verdict>;

export const readiness = z.looseObject({
  status: z.pipe(
    z.optional(z.union([z.string(), z.number()])),
    z.transform((status) => String(status ?? "unknown")),
  ),
});

export const cluster = z.looseObject({
  name: z.nullish(z.string()),
  product: z._default(z.string(), ""),
  version: z.nullish(z.string()),
  management: z._default(z.string(), ""),
  nodes: z.array(
    z.looseObject({
      name: z.string(),
      running: z.boolean(),
      uptime_ms: z.nullish(z.number()),
      mem_used: z.nullish(z.number()),
      mem_limit: z.nullish(z.number()),
      mem_alarm: z.boolean(),
      disk_free: z.nullish(z.number()),
      disk_free_alarm: z.boolean(),
      partitions: list(z.string()),
    }),
  ),
});
export type Cluster = z.infer<typeof cluster>;

/** RFC 9457, with the code that Bloodbank adds. */
export const problem = z.looseObject({
  title: z.optional(z.string()),
  detail: z.optional(z.string()),
  code: z.optional(z.string()),
  status: z.optional(z.number()),
  hint: z.optional(z.string()),
  violations: z.optional(z.array(violation)),
});
