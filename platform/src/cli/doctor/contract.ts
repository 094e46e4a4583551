/**
 * The troubleshooting guide as checks. Each check looks at one thing, says how it is in one line, and what to do.
 * None changes anything.
 */
import type {
  BindingInfo,
  ConnectionInfo,
  ConsumerInfo,
  ExchangeInfo,
  QueueInfo,
} from "../../management/answers.js";
import type { PlatformClient } from "../api/client.js";

/** `unknown`: it could not be looked at. */
export type Health = "ok" | "look" | "wrong" | "unknown";

export interface Diagnosis {
  /** Which part of the guide: stable, for machines. */
  readonly check: string;
  readonly health: Health;
  readonly message: string;
  /** What to do. */
  readonly hint?: string | undefined;
  readonly details?: readonly string[];
}

export interface BrokerFacts {
  readonly queues: readonly QueueInfo[];
  readonly exchanges: readonly ExchangeInfo[];
  readonly bindings: readonly BindingInfo[];
  readonly connections: readonly ConnectionInfo[];
  readonly consumers: readonly ConsumerInfo[];
}

export interface Patient {
  readonly client: PlatformClient;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The events exchange. */
  readonly exchange: string;
  /** Milliseconds between two looks at the queues. */
  readonly interval: number;
  /** Absent where the broker's management API does not answer. */
  readonly broker: BrokerFacts | undefined;
}

export type Check = (patient: Patient) => Promise<readonly Diagnosis[]>;

export const ok = (check: string, message: string): Diagnosis => ({ check, health: "ok", message });
