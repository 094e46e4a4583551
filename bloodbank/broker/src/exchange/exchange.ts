import { alternateExchange, type PolicyDefinition } from "../arguments/index.js";
import type { Queue } from "../queue/queue.js";
import { createRouter, type ExchangeType, type Router } from "../routing/index.js";
import type { Table } from "../wire/table.js";

export type Destination = Queue | Exchange;

/** Where messages are published to; it holds none itself. */
export class Exchange {
  readonly vhost: string;
  readonly name: string;
  readonly type: ExchangeType;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly internal: boolean;
  readonly arguments: Table;
  readonly router: Router<Destination>;
  /** Where what it cannot route goes; by argument or policy. */
  alternate: string | undefined;
  readonly counts = { publishedIn: 0, publishedOut: 0 };

  constructor(identity: ExchangeIdentity, policy?: PolicyDefinition) {
    this.vhost = identity.vhost;
    this.name = identity.name;
    this.type = identity.type;
    this.durable = identity.durable;
    this.autoDelete = identity.autoDelete;
    this.internal = identity.internal;
    this.arguments = identity.arguments;
    this.router = createRouter(identity.type);
    this.configure(policy);
  }

  configure(policy?: PolicyDefinition): void {
    this.alternate = alternateExchange(this.arguments, policy);
  }
}

export interface ExchangeIdentity {
  readonly vhost: string;
  readonly name: string;
  readonly type: ExchangeType;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly internal: boolean;
  readonly arguments: Table;
}

/** What every virtual host has from the start. */
export const PREDECLARED: readonly (readonly [name: string, type: ExchangeType, internal: boolean])[] = [
  ["amq.direct", "direct", false],
  ["amq.fanout", "fanout", false],
  ["amq.headers", "headers", false],
  ["amq.match", "headers", false],
  ["amq.topic", "topic", false],
  ["amq.rabbitmq.trace", "topic", true],
];
