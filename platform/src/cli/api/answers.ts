/** What the HTTP API answers, as far as commands read it. Everything that might be missing is said to be so. */
import type { DeadLetter, LetterGroup, LetterGroups, Quarantined, QuarantinePage } from "@33god/bloodbank";
import type { StoredEvent, Trace as StoredTrace } from "@33god/candystore";
import type { Contract } from "@33god/holyfields";
import type { TraceNodeAlong } from "../../dead-letters/along-trace.js";

export type { DeadLetter, LetterGroup, LetterGroups, Quarantined, QuarantinePage, StoredEvent };

/** Dead letters and acts are there where they were asked for. */
export type TraceNode = StoredTrace["nodes"][number] &
  Partial<Pick<TraceNodeAlong, "dead_letters" | "acts" | "failed_attempts">>;

export interface Trace extends Omit<StoredTrace, "nodes"> {
  readonly nodes: readonly TraceNode[];
  readonly dead_letters_complete?: boolean;
}

export interface EventPage {
  readonly events: readonly StoredEvent[];
  readonly next_cursor?: string | null;
}

export interface Published {
  readonly event_id: string;
  readonly event_type?: string;
  readonly routed?: boolean;
  readonly receivers?: string;
}

/** The first page of them, and how many there are. */
export interface DeadLetters {
  readonly dead_letters: readonly DeadLetter[];
  readonly total?: number;
}

export interface ServiceState {
  readonly name: string;
  readonly description?: string;
  readonly status?: string;
  readonly external?: boolean;
  readonly layer?: string;
  readonly routing_keys?: string | readonly string[] | null;
  readonly produces?: string | readonly string[] | null;
  readonly observed?: Observed | null;
  /** Where the platform runs it. */
  readonly process?: ServiceProcess | null;
}

export interface ServiceProcess {
  readonly state: string;
  readonly pid?: number | null;
  readonly since?: string;
  readonly restarts?: number;
  readonly reason?: string | null;
  readonly memory_mb?: number | null;
}

export interface Observed {
  readonly connected?: boolean;
  readonly consumers?: number;
  readonly depth?: number;
  readonly unacked?: number;
  readonly rate?: number;
  readonly failures?: number;
  readonly [other: string]: unknown;
}

export interface TopologyFinding {
  readonly code?: string;
  readonly severity?: string;
  readonly subject?: string;
  readonly message: string;
  readonly hint?: string | null;
}

export interface Topology {
  readonly layers?: readonly string[];
  readonly nodes: readonly TopologyNode[];
  readonly edges: readonly {
    readonly from: string;
    readonly to: string;
    readonly kind?: string;
    readonly label?: string | null;
  }[];
  readonly findings?: readonly TopologyFinding[];
}

export interface TopologyNode {
  readonly id: string;
  readonly kind: string;
  readonly label?: string;
  readonly layer?: string | null;
  readonly declared?: boolean;
  readonly observed?: boolean;
  readonly status?: string | null;
  readonly depth?: number | null;
  readonly consumers?: number | null;
  readonly rate?: number | null;
}

/** The catalog's contract under the names of the wire. */
export interface ContractAnswer extends Omit<Contract, "eventType" | "file" | "id"> {
  readonly event_type: string;
}
