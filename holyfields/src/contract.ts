/**
 * What Holyfields promises to everything above it.
 *
 * A *contract* is one JSON Schema 2020-12 file that describes one whole event as it stands on the wire. The
 * *catalog* is the checked set of them. A *verdict* says whether an event keeps its contract, and if not, every
 * place where it does not. Nothing here knows of AMQP, HTTP or storage.
 */

/** Who produced an event. Open: other members pass. */
export interface Source {
  readonly host: string;
  readonly type: "webhook" | "agent" | "manual" | "system";
  readonly app: string;
  readonly [other: string]: unknown;
}

/** The envelope of every event, with the names that it has on the wire. */
export interface EventEnvelope<Type extends string = string, Payload = Record<string, unknown>> {
  readonly event_id: string;
  readonly event_type: Type;
  /** RFC 3339 date-time with an offset. */
  readonly timestamp: string;
  readonly version: string;
  readonly source: Source;
  /** `event_id`s of the direct causes. */
  readonly correlation_ids?: readonly string[];
  readonly agent_context?: Readonly<Record<string, unknown>> | null;
  readonly payload: Payload;
}

/** One place where an event breaks its contract. */
export interface Violation {
  /** JSON Pointer (RFC 6901) into the event; `""` is the whole event. */
  readonly pointer: string;
  /** The JSON Schema keyword that failed, or one of ours: `event_type`, `version`, `retired`,
   * `routing_key`, `json`, `utf8`, `depth`. */
  readonly keyword: string;
  /** A plain sentence with the offending value in it. */
  readonly message: string;
}

/** Why an event is refused; stable, also the HTTP problem's code. */
export type VerdictCode =
  | "CONTRACT_VIOLATION"
  | "UNKNOWN_EVENT_TYPE"
  | "ROUTING_KEY_MISMATCH"
  | "MALFORMED_JSON";

export interface ValidateOptions {
  /**
   * Also refuse what JSON readers understand differently: a member named twice, an integer outside ±(2^53 − 1),
   * half a surrogate pair. For doors that strangers use (HTTP, the broker's admission). Default: false.
   */
  readonly strict?: boolean;
}

export type Verdict =
  | { readonly valid: true; readonly event: EventEnvelope; readonly contract: Contract }
  | {
      readonly valid: false;
      readonly code: VerdictCode;
      /** One sentence for a person. */
      readonly message: string;
      /** Never empty; every violation is listed, not just the first. */
      readonly violations: readonly Violation[];
      /** Known event types nearest to an unknown one, best first; empty otherwise. */
      readonly nearest: readonly string[];
      /** The parsed body, where it was JSON. */
      readonly event?: unknown;
    };

export type Stability = "draft" | "stable" | "deprecated" | "retired";

/** One event contract: an event type in one version. */
export interface Contract {
  readonly eventType: string;
  /** `v1`, `v2`, … */
  readonly version: string;
  /** The schema's `$id`. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly owner: string;
  readonly stability: Stability;
  readonly examples: readonly EventEnvelope[];
  /** The schema as it stands in the file. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** Absolute path of the file. */
  readonly file: string;
}

/** The checked set of contracts. Made by `loadCatalog`; immutable; safe to share. */
export interface Catalog {
  /** Sorted by event type, then version. */
  readonly contracts: readonly Contract[];
  /** The contract of a type; without a version, the newest one that is not retired. */
  get(eventType: string, version?: string): Contract | undefined;
  /** The known event types nearest to this name (edit distance), best first, three at most. */
  nearest(eventType: string): readonly string[];
  /** The verdict on a parsed event. Never throws. `routingKey`, where given, must equal `event_type`. */
  validate(event: unknown, routingKey?: string): Verdict;
  /** The verdict on an event's bytes as they came over a wire: UTF-8, JSON, then `validate`. Never throws. */
  validateBytes(body: Uint8Array, routingKey?: string, options?: ValidateOptions): Verdict;
}
