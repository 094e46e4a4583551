/** RabbitMQ's management HTTP API, as far as the platform asks it; the embedded broker answers the same questions. */
import { messageOf } from "../errors.js";
import type {
  BindingInfo,
  ConnectionInfo,
  ConsumerInfo,
  ExchangeInfo,
  NodeInfo,
  Policy,
  QueueInfo,
} from "./answers.js";
import type { Answer, Door, Method } from "./doors.js";

/** The API does not answer, or answers something else than was asked. */
export class ManagementError extends Error {
  readonly code = "MANAGEMENT_UNAVAILABLE";
  /** The HTTP status; `undefined` where there was no answer. */
  readonly status: number | undefined;

  constructor(message: string, status?: number, options?: ErrorOptions) {
    super(message, options);
    this.name = "ManagementError";
    this.status = status;
  }
}

/** Asks one node of a cluster for as long as it answers, and then the next. */
export class ManagementClient {
  readonly #doors: readonly Door[];
  #turn = 0;
  readonly vhost: string;

  /** @param doors at least one */
  constructor(doors: readonly Door[], vhost: string) {
    this.#doors = doors;
    this.vhost = vhost;
  }

  /** Of the one that is asked now, without user and password: to be shown. */
  get origin(): string {
    return this.#door.origin;
  }

  get #door(): Door {
    const door = this.#doors[this.#turn % this.#doors.length];
    if (door === undefined) throw new ManagementError("no management API is known");
    return door;
  }

  queues(): Promise<readonly QueueInfo[]> {
    return this.#list(`queues/${this.#vhost}`);
  }

  exchanges(): Promise<readonly ExchangeInfo[]> {
    return this.#list(`exchanges/${this.#vhost}`);
  }

  bindings(): Promise<readonly BindingInfo[]> {
    return this.#list(`bindings/${this.#vhost}`);
  }

  /** Queues and exchanges that the exchange feeds; none where there is no such exchange. */
  async destinationsOf(exchange: string): Promise<readonly string[]> {
    try {
      const bindings: readonly BindingInfo[] = await this.#list(
        `exchanges/${this.#vhost}/${encodeURIComponent(exchange)}/bindings/source`,
      );
      return bindings.map(({ destination }) => destination);
    } catch (error) {
      if (error instanceof ManagementError && error.status === 404) return [];
      throw error;
    }
  }

  consumers(): Promise<readonly ConsumerInfo[]> {
    return this.#list(`consumers/${this.#vhost}`);
  }

  connections(): Promise<readonly ConnectionInfo[]> {
    return this.#list(`vhosts/${this.#vhost}/connections`);
  }

  /** The cluster's nodes; needs the tag monitoring. */
  nodes(): Promise<readonly NodeInfo[]> {
    return this.#list("nodes");
  }

  policies(): Promise<readonly Policy[]> {
    return this.#list(`policies/${this.#vhost}`);
  }

  putPolicy(policy: Omit<Policy, "vhost">): Promise<void> {
    const { name, ...definition } = policy;
    return this.#act("PUT", `policies/${this.#vhost}/${encodeURIComponent(name)}`, definition);
  }

  deletePolicy(name: string): Promise<void> {
    return this.#act("DELETE", `policies/${this.#vhost}/${encodeURIComponent(name)}`);
  }

  /** A plain durable queue. */
  declareQueue(name: string, args: Readonly<Record<string, unknown>> = {}): Promise<void> {
    return this.#act("PUT", `queues/${this.#vhost}/${encodeURIComponent(name)}`, {
      durable: true,
      auto_delete: false,
      arguments: args,
    });
  }

  declareExchange(name: string, type: "fanout" | "topic"): Promise<void> {
    return this.#act("PUT", `exchanges/${this.#vhost}/${encodeURIComponent(name)}`, { type, durable: true });
  }

  bindQueue(exchange: string, queue: string, routingKey = ""): Promise<void> {
    return this.#act(
      "POST",
      `bindings/${this.#vhost}/e/${encodeURIComponent(exchange)}/q/${encodeURIComponent(queue)}`,
      { routing_key: routingKey, arguments: {} },
    );
  }

  /** Nothing, where it is gone already or, with `onlyEmpty`, holds something. */
  async deleteQueue(name: string, { onlyEmpty = false } = {}): Promise<void> {
    try {
      await this.#act(
        "DELETE",
        `queues/${this.#vhost}/${encodeURIComponent(name)}${onlyEmpty ? "?if-empty=true" : ""}`,
      );
    } catch (error) {
      if (
        !(error instanceof ManagementError && (error.status === 404 || (onlyEmpty && error.status === 400)))
      )
        throw error;
    }
  }

  /** What the broker says of itself: product, version, cluster. */
  async overview(): Promise<Readonly<Record<string, unknown>>> {
    return (await this.#ask("GET", "overview")) as Record<string, unknown>;
  }

  async #list<T>(path: string): Promise<readonly T[]> {
    const answer = await this.#ask("GET", path);
    if (!Array.isArray(answer)) throw new ManagementError(`${this.origin}/api/${path} did not answer a list`);
    return answer;
  }

  async #act(method: Method, path: string, body?: object): Promise<void> {
    await this.#ask(method, path, body);
  }

  get #vhost(): string {
    return encodeURIComponent(this.vhost);
  }

  async #ask(method: Method, path: string, body?: object): Promise<unknown> {
    for (let left = this.#doors.length; ; left--) {
      const door = this.#door;
      try {
        return understood(door, `${method} /api/${path}`, await door.ask(method, `/${path}`, body));
      } catch (error) {
        if (error instanceof ManagementError) throw error;
        // Others who asked the same one meanwhile have gone on already.
        if (door === this.#door) this.#turn++;
        if (left > 1) continue;
        throw new ManagementError(`${door.origin} does not answer: ${messageOf(error)}`, undefined, {
          cause: error,
        });
      }
    }
  }
}

function understood({ origin }: Door, question: string, { status, text }: Answer): unknown {
  if (status < 200 || status > 299)
    throw new ManagementError(
      `${origin}: ${question} answered ${status} ${text.slice(0, 200)}`.trim(),
      status,
    );
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ManagementError(`${origin}: ${question} did not answer JSON`, status, { cause: error });
  }
}
