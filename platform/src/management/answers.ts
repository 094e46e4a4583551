/** What the management API answers, as far as it is read here. RabbitMQ leaves out what it has not measured yet. */

export interface Rate {
  readonly rate?: number;
}

export interface QueueInfo {
  readonly name: string;
  readonly vhost: string;
  readonly durable: boolean;
  readonly auto_delete: boolean;
  readonly exclusive?: boolean;
  readonly type?: string;
  readonly state?: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly policy?: string | null;
  readonly messages?: number;
  readonly messages_ready?: number;
  readonly messages_unacknowledged?: number;
  readonly consumers?: number;
  readonly message_stats?: {
    readonly publish?: number;
    readonly publish_details?: Rate;
    readonly deliver_get?: number;
    readonly deliver_get_details?: Rate;
    readonly ack_details?: Rate;
  };
}

export interface ExchangeInfo {
  readonly name: string;
  readonly type: string;
  readonly durable: boolean;
  readonly message_stats?: { readonly publish_in_details?: Rate; readonly publish_out_details?: Rate };
}

export interface BindingInfo {
  readonly source: string;
  readonly destination: string;
  readonly destination_type: "queue" | "exchange";
  readonly routing_key: string;
}

export interface ConsumerInfo {
  readonly queue: { readonly name: string };
  readonly consumer_tag: string;
  readonly prefetch_count?: number;
  readonly channel_details: {
    readonly name?: string;
    readonly connection_name?: string;
    readonly peer_host?: string;
  };
}

export interface ConnectionInfo {
  readonly name: string;
  readonly user?: string;
  readonly peer_host?: string;
  readonly peer_port?: number;
  readonly state?: string;
  readonly client_properties?: Readonly<Record<string, unknown>>;
  readonly user_provided_name?: string;
}

export interface NodeInfo {
  readonly name: string;
  readonly running?: boolean;
  /** Milliseconds. */
  readonly uptime?: number;
  /** Bytes, as are the next three. */
  readonly mem_used?: number;
  readonly mem_limit?: number;
  readonly disk_free?: number;
  readonly disk_free_limit?: number;
  readonly mem_alarm?: boolean;
  readonly disk_free_alarm?: boolean;
  /** Nodes that it lost sight of. */
  readonly partitions?: readonly string[];
}

export interface Policy {
  readonly name: string;
  readonly vhost: string;
  readonly pattern: string;
  readonly "apply-to": "all" | "queues" | "exchanges" | "classic_queues" | "quorum_queues" | "streams";
  readonly priority: number;
  readonly definition: Readonly<Record<string, unknown>>;
}
