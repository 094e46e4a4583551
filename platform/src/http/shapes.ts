/** The shapes of what goes in and out, as JSON Schema: the OpenAPI document is made from these. */
import type { FastifyInstance } from "fastify";

const text = { type: "string" } as const;
const texts = { type: "array", items: text } as const;
const number = { type: "number" } as const;
const integer = { type: "integer" } as const;
const flag = { type: "boolean" } as const;
const time = { type: "string", format: "date-time" } as const;
const anything = {} as const;
const open = { type: "object", additionalProperties: true } as const;

/** A named shape; `required` is everything but what is named as optional. */
function shape(
  $id: string,
  description: string,
  properties: Readonly<Record<string, object>>,
  optional: readonly string[] = [],
) {
  return {
    $id,
    type: "object",
    description,
    properties,
    required: Object.keys(properties).filter((name) => !optional.includes(name)),
    additionalProperties: true,
  } as const;
}

export const ref = ($id: string) => ({ $ref: `${$id}#` });
const listOf = (items: object) => ({ type: "array", items });

const SHAPES = [
  shape(
    "Violation",
    "One place where an event breaks its contract.",
    { pointer: { ...text, description: "JSON Pointer (RFC 6901)." }, keyword: text, message: text },
    ["keyword"],
  ),
  shape(
    "Problem",
    "Why a request was refused (RFC 9457).",
    {
      type: text,
      title: text,
      status: integer,
      code: { ...text, description: "Stable; listed in docs/reference/problems.md." },
      detail: text,
      instance: text,
      hint: { ...text, description: "What to do." },
      violations: listOf(ref("Violation")),
      nearest: { ...texts, description: "Known names nearest to an unknown one." },
    },
    ["instance", "hint", "violations", "nearest"],
  ),
  shape(
    "EventEnvelope",
    "A whole event as it stands on the wire.",
    {
      event_id: { type: "string", format: "uuid" },
      event_type: text,
      timestamp: time,
      version: text,
      source: open,
      correlation_ids: { ...texts, description: "event_ids of the direct causes." },
      agent_context: { type: ["object", "null"], additionalProperties: true },
      payload: open,
    },
    ["correlation_ids", "agent_context"],
  ),
  shape(
    "Accepted",
    "The bus has confirmed the event: it is on disk.",
    {
      event_id: text,
      event_type: text,
      version: text,
      correlation_ids: texts,
      routed: { ...flag, description: "Whether a queue was bound for it." },
      repeated: {
        ...flag,
        description: "It was accepted before, under the same Idempotency-Key or event_id.",
      },
    },
    ["repeated"],
  ),
  shape("AcceptedMany", "The bus has confirmed them all.", {
    accepted: integer,
    events: listOf(ref("Accepted")),
  }),
  shape("StoredEvent", "An event as Candystore keeps it.", {
    position: integer,
    event_id: text,
    event_type: text,
    version: text,
    timestamp: text,
    source_app: text,
    correlation_ids: texts,
    received_at: text,
    exchange: text,
    routing_key: text,
    headers: open,
    valid: flag,
    violations: listOf(ref("Violation")),
    duplicates: { ...integer, description: "How many further copies arrived." },
    event: { ...anything, description: "The event as it was sent." },
  }),
  shape(
    "Page",
    "Some events, and how to get the next ones.",
    {
      events: listOf(ref("StoredEvent")),
      next_cursor: { ...text, description: "Absent on the last page." },
    },
    ["next_cursor"],
  ),
  shape(
    "TraceNode",
    "An event in a trace.",
    {
      event_id: text,
      missing: { ...flag, description: "Named as a cause, never stored." },
      event_type: text,
      timestamp: text,
      source_app: text,
      valid: flag,
      position: integer,
      received_at: text,
      lag_ms: number,
      after_cause_ms: number,
      causes: texts,
      effects: texts,
    },
    ["event_type", "timestamp", "source_app", "valid", "position", "received_at", "lag_ms", "after_cause_ms"],
  ),
  shape("Trace", "The whole connected causal graph that an event belongs to.", {
    event_id: text,
    roots: { ...texts, description: "Events without a known cause, earliest first." },
    nodes: listOf(ref("TraceNode")),
    truncated: flag,
  }),
  shape("Counts", "How many events there are.", {
    total: integer,
    invalid: integer,
    by_type: listOf(open),
    by_source: listOf(open),
  }),
  shape("Histogram", "How many events there were over time.", { interval_ms: number, buckets: listOf(open) }),
  shape(
    "Contract",
    "What events of a type in a version must look like.",
    {
      event_type: text,
      version: text,
      id: text,
      title: text,
      description: text,
      owner: text,
      stability: { type: "string", enum: ["draft", "stable", "deprecated", "retired"] },
      examples: listOf(open),
      schema: { ...open, description: "JSON Schema 2020-12 of the whole event." },
    },
    ["schema"],
  ),
  shape("Catalog", "All contracts, without their schemas.", { contracts: listOf(ref("Contract")) }),
  shape(
    "Verdict",
    "Whether an event keeps its contract.",
    { valid: flag, code: text, message: text, violations: listOf(ref("Violation")), nearest: texts },
    ["code", "message"],
  ),
  shape(
    "Service",
    "An entry of the registry, with what is observed of it.",
    {
      name: text,
      description: text,
      type: { type: ["string", "array"], items: text },
      layer: text,
      status: text,
      owner: text,
      external: flag,
      queue_names: texts,
      routing_keys: texts,
      produces: texts,
      tags: texts,
      endpoints: open,
      observed: { ...open, description: "connected, consumers, depth, unacked, rate, failures." },
      process: {
        type: ["object", "null"],
        additionalProperties: true,
        description: "Where the platform runs it.",
      },
    },
    ["external", "endpoints", "process"],
  ),
  shape("Services", "The registry, observed.", { services: listOf(ref("Service")) }),
  shape(
    "TopologyNode",
    "A service, the exchange or a queue.",
    {
      id: text,
      kind: text,
      label: text,
      layer: { type: ["string", "null"] },
      declared: flag,
      observed: flag,
      status: text,
      external: flag,
      depth: integer,
      unacked: integer,
      consumers: integer,
      failures: integer,
      rate: number,
      note: text,
    },
    ["layer", "status", "external", "depth", "unacked", "consumers", "failures", "rate", "note"],
  ),
  shape(
    "TopologyEdge",
    "What goes from one to another.",
    { from: text, to: text, kind: text, label: text, declared: flag, observed: flag, rate: number },
    ["label", "rate"],
  ),
  shape(
    "TopologyFinding",
    "Where declared and observed differ.",
    { code: text, severity: text, subject: text, message: text, hint: text },
    ["hint"],
  ),
  shape("Topology", "Declared against observed.", {
    exchange: text,
    layers: texts,
    nodes: listOf(ref("TopologyNode")),
    edges: listOf(ref("TopologyEdge")),
    findings: listOf(ref("TopologyFinding")),
    observed: flag,
  }),
  shape(
    "DeadLetter",
    "A message that was given up.",
    {
      id: text,
      queue: text,
      event_id: { type: ["string", "null"] },
      event_type: text,
      reason: text,
      code: text,
      attempts: integer,
      first_at: { type: ["string", "null"] },
      last_at: { type: ["string", "null"] },
      stack: { type: ["string", "null"] },
      event: anything,
    },
    [],
  ),
  shape("DeadLetters", "Some dead letters.", {
    dead_letters: listOf(ref("DeadLetter")),
    total: integer,
    complete: flag,
  }),
  shape(
    "ReplayRequest",
    "What is sent again, to whom and how fast.",
    {
      select: {
        type: "object",
        properties: { filter: open, trace: text, from_position: integer, to_position: integer },
        additionalProperties: true,
      },
      queue: text,
      speed: { anyOf: [number, { const: "max" }] },
      rate: number,
      actor: text,
      reason: text,
    },
    ["queue", "speed", "rate", "actor", "reason"],
  ),
  shape(
    "Replay",
    "Stored events that are sent again.",
    {
      replay_id: text,
      request: ref("ReplayRequest"),
      state: { type: "string", enum: ["running", "paused", "finished", "cancelled", "failed"] },
      total: integer,
      sent: integer,
      unrouted: integer,
      position: integer,
      until_position: integer,
      created_at: time,
      updated_at: time,
      finished_at: time,
      error: text,
    },
    ["finished_at", "error"],
  ),
  shape("Replays", "All replays, newest first.", { replays: listOf(ref("Replay")) }),
  shape("Readiness", "Whether the platform can be trusted right now.", {
    status: { type: "string", enum: ["ready", "not ready"] },
    version: text,
    uptime_seconds: integer,
    checks: open,
  }),
] as const;

export function addShapes(server: FastifyInstance): void {
  for (const one of SHAPES) server.addSchema(one);
}
