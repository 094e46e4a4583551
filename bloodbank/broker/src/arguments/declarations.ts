/** What is declared: the properties and arguments that a redeclaration must repeat. */
import type { Table } from "../wire/table.js";

export interface QueueDeclaration {
  readonly vhost: string;
  readonly name: string;
  readonly durable: boolean;
  readonly exclusive: boolean;
  readonly autoDelete: boolean;
  readonly arguments: Table;
}

export interface ExchangeDeclaration {
  readonly vhost: string;
  readonly name: string;
  readonly type: string;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly internal: boolean;
  readonly arguments: Table;
}

/** `x-queue-type`. Both are served by the same durable queue; quorum queues refuse what RabbitMQ's refuse. */
export type QueueType = "classic" | "quorum";
export type Overflow = "drop-head" | "reject-publish" | "reject-publish-dlx";
