import type { Access } from "../access/index.js";
import type { Channel } from "../channel/channel.js";
import type { Connection } from "../connection/connection.js";
import type { BrokerOptions, Clock } from "../contract.js";
import type { MessageStore } from "../log/message-store.js";
import type { Metadata } from "../log/metadata.js";
import type { Policies } from "../policy/index.js";
import type { Alarms } from "./alarms.js";
import type { Turn } from "./turn.js";
import type { VirtualHost } from "./virtual-host.js";

/** What the parts of one running broker share. */
export interface Core {
  readonly options: BrokerOptions;
  readonly clock: Clock;
  readonly store: MessageStore;
  readonly metadata: Metadata;
  readonly access: Access;
  readonly policies: Policies;
  readonly turn: Turn;
  readonly alarms: Alarms;
  readonly vhosts: Map<string, VirtualHost>;
  readonly connections: Set<Connection>;
  readonly counts: Counts;
  /** Exchanges whose publishes are asked about: `guarded`, if there is an `admit`. */
  readonly guarded: ReadonlySet<string>;
  /** Grows with every change of permissions. */
  readonly permissionsVersion: number;
  /** Addresses of direct replies. */
  readonly replies: Map<string, Channel>;
  /** Connections that are not read from until publishers may go on. */
  readonly held: Set<Connection>;
  /** Whether what publishers send has to wait: an alarm, or a log that is behind. */
  publishersWait(): boolean;
  /** Never the same twice, also after a restart: what the log says of a deleted queue stays true of it alone. */
  nextQueueId(): number;
  report(level: "debug" | "info" | "warn" | "error", message: string, fields?: object): void;
}

export interface Counts {
  published: number;
  confirmed: number;
  refused: number;
  delivered: number;
  acked: number;
  returned: number;
  unroutable: number;
}
