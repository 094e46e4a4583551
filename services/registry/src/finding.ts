/** What a check found: data, for a terminal, a program or a code scanner alike. */

export const RULES = {
  UNREADABLE: "The registry can be read, and so can its JSON Schema.",
  MALFORMED_YAML: "The registry is YAML, and no name stands in it twice.",
  SHAPE: "The registry keeps its JSON Schema.",
  NAME_MISMATCH: "An entry's name is its key.",
  ROLE_MISMATCH: "A consumer has routing keys, and a producer produces something.",
  QUEUE_MISSING: "A local consumer names its queue.",
  QUEUE_NAME: "A queue is called services.{domain}.{service_name}.",
  QUEUE_DUPLICATE: "A queue belongs to one service.",
  QUEUE_KEYS: "Where there are several queues, each has one routing key.",
  UNKNOWN_ROUTING_KEY: "A routing key matches a known contract.",
  UNKNOWN_PRODUCED: "What is produced has a contract.",
  NEVER_PRODUCED: "Everything consumed is produced by someone.",
  NOBODY_PRODUCES: "Every contract is produced by someone.",
  DERIVED_SECTION: "event_subscriptions and topology follow from the services.",
  RUN_MISSING: "What is to be started is there.",
  CODE_QUEUE: "A service's code uses the queues and routing keys of its entry.",
  CODE_UNDECLARED: "A service's code names no event that its entry does not.",
  CODE_UNUSED: "A service's code names every event that its entry says it produces.",
  LIVE_QUEUE: "The broker has the queue of every active local service.",
  LIVE_BINDING: "The broker's bindings are the entry's routing keys.",
  LIVE_UNREGISTERED: "Every queue that gets events belongs to a service.",
} as const;

export type RuleId = keyof typeof RULES;

export interface Finding {
  readonly rule: RuleId;
  readonly severity: "error" | "warning";
  /** JSON Pointer into the registry. */
  readonly pointer: string;
  /** With the offending value in it. */
  readonly message: string;
  readonly service?: string;
  /** What to do, where something can be said. */
  readonly hint?: string;
  /** In the registry's file, from 1; absent where the place is not known. */
  readonly line?: number;
  readonly column?: number;
}
