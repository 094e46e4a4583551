import type { EventEnvelope, Source } from "@33god/holyfields";
import { withCurrentCause } from "../correlation/handling.js";
import type { EventTypeArgument, PayloadOf } from "../types/event-map.js";
import { uuidv7 } from "./uuid-v7.js";

export interface EnvelopeOptions {
  readonly source: Source;
  /** A UUIDv7 by default; `eventId()` gives one that is derived from a natural key. */
  readonly eventId?: string | undefined;
  /** `v1` by default. */
  readonly version?: string | undefined;
  /** Now by default. */
  readonly timestamp?: string | undefined;
  /** Further causes; in a handler, the handled event is added by itself. */
  readonly correlationIds?: readonly string[] | undefined;
  readonly agentContext?: Readonly<Record<string, unknown>> | null | undefined;
}

/**
 * A whole event around a payload. Nothing is checked here: `Publisher` does that.
 *
 * @example
 * createEnvelope("artifact.created", { artifact_type: "transcript", file_path: "/vault/a.md" },
 *   { source: { host: "laptop", type: "agent", app: "my-service" } });
 */
export function createEnvelope<T extends string>(
  type: EventTypeArgument<T>,
  payload: PayloadOf<T>,
  options: EnvelopeOptions,
): EventEnvelope<T, PayloadOf<T>> {
  return {
    event_id: options.eventId ?? uuidv7(),
    event_type: type,
    timestamp: options.timestamp ?? timestampOf(Date.now()),
    version: options.version ?? "v1",
    source: options.source,
    correlation_ids: withCurrentCause(options.correlationIds),
    agent_context: options.agentContext ?? null,
    payload,
  };
}

let lastMs = Number.NaN;
let lastText = "";

/** Many events are made in one millisecond: its text is made once. */
function timestampOf(ms: number): string {
  if (ms !== lastMs) {
    lastText = new Date(ms).toISOString();
    lastMs = ms;
  }
  return lastText;
}
