import type { Metadata } from "../log/metadata.js";
import type { ExchangeType } from "../routing/index.js";
import { EMPTY_TABLE, type Table } from "../wire/table.js";
import { decodeTable, sizeOfTable, writeTable } from "../wire/table-codec.js";

/** Exchanges, queues and bindings in the metadata journal. Tables are kept as the bytes that AMQP gives them. */
export interface StoredExchange {
  readonly type: ExchangeType;
  readonly autoDelete: boolean;
  readonly internal: boolean;
  readonly arguments: string;
}

export interface StoredQueue {
  readonly id: number;
  readonly autoDelete: boolean;
  readonly type: "classic" | "quorum";
  readonly arguments: string;
}

export interface StoredBinding {
  readonly source: string;
  readonly kind: "queue" | "exchange";
  readonly destination: string;
  readonly key: string;
  readonly arguments: string;
}

/** The rows of one virtual host. */
export class StoredTopology {
  readonly #metadata: Metadata;
  readonly #vhost: string;

  constructor(metadata: Metadata, vhost: string) {
    this.#metadata = metadata;
    this.#vhost = vhost;
  }

  exchanges(): IterableIterator<[string, StoredExchange]> {
    return this.#metadata.entries(this.#key("exchange"));
  }

  queues(): IterableIterator<[string, StoredQueue]> {
    return this.#metadata.entries(this.#key("queue"));
  }

  bindings(): IterableIterator<[string, StoredBinding]> {
    return this.#metadata.entries(this.#key("binding"));
  }

  putExchange(name: string, exchange: StoredExchange): void {
    this.#metadata.put(this.#key("exchange") + name, exchange);
  }

  deleteExchange(name: string): void {
    this.#metadata.delete(this.#key("exchange") + name);
  }

  putQueue(name: string, queue: StoredQueue): void {
    this.#metadata.put(this.#key("queue") + name, queue);
  }

  deleteQueue(name: string): void {
    this.#metadata.delete(this.#key("queue") + name);
  }

  putBinding(binding: StoredBinding): void {
    this.#metadata.put(this.#key("binding") + nameOf(binding), binding);
  }

  deleteBinding(binding: StoredBinding): void {
    this.#metadata.delete(this.#key("binding") + nameOf(binding));
  }

  #key(kind: string): string {
    return `${kind}/${this.#vhost}\0`;
  }
}

function nameOf({ source, kind, destination, key, arguments: args }: StoredBinding): string {
  return [source, kind, destination, key, args].join("\0");
}

export function packTable(table: Table): string {
  if (table.size === 0) return "";
  const bytes = Buffer.alloc(sizeOfTable(table));
  return bytes.subarray(0, writeTable(bytes, 0, table)).toString("base64");
}

export function unpackTable(packed: string): Table {
  if (packed === "") return EMPTY_TABLE;
  const bytes = Buffer.from(packed, "base64");
  return decodeTable(bytes, 0, bytes.length);
}
