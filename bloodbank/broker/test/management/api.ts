/** A client of the management API, of ours or RabbitMQ's, and a virtual host that ends with the test. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Broker, type BrokerOptions, startBroker } from "../../src/index.js";

export interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into by tests, which say what they expect
  readonly body: any;
  readonly headers: Headers;
}

export class Api {
  readonly origin: string;
  readonly #authorization: string;

  constructor(origin: string, user = "guest", password = "guest") {
    this.origin = origin;
    this.#authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  }

  as(user: string, password: string): Api {
    return new Api(this.origin, user, password);
  }

  async call(
    method: string,
    url: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Reply> {
    const response = await fetch(`${this.origin}/api${url}`, {
      method,
      headers: { authorization: this.#authorization, "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: text === "" ? undefined : JSON.parse(text),
      headers: response.headers,
    };
  }

  get = (url: string) => this.call("GET", url);
  put = (url: string, body: unknown = {}) => this.call("PUT", url, body);
  post = (url: string, body: unknown = {}) => this.call("POST", url, body);
  delete = (url: string) => this.call("DELETE", url);
}

/** An engine to hold a test against: where its API is and how to speak AMQP to one of its virtual hosts. */
export interface Engine {
  readonly api: Api;
  amqp(vhost: string, user?: string, password?: string): string;
  close(): Promise<void>;
}

export async function startOurs(
  options: Partial<BrokerOptions> = {},
): Promise<Engine & { readonly broker: Broker }> {
  const dataDir = await mkdtemp(path.join(tmpdir(), "broker-"));
  const broker = await startBroker({ dataDir, port: 0, managementPort: 0, ...options }).catch(
    async (error) => {
      await rm(dataDir, { recursive: true, force: true });
      throw error;
    },
  );
  return {
    broker,
    api: new Api(`http://127.0.0.1:${broker.managementPort}`),
    amqp: (vhost, user = "guest", password = "guest") =>
      `amqp://${user}:${password}@127.0.0.1:${broker.port}/${encodeURIComponent(vhost)}`,
    async close() {
      await broker.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export async function openRabbit(): Promise<Engine> {
  const { TEST_RABBITMQ_URL = "", TEST_RABBITMQ_MANAGEMENT_URL = "" } = process.env;
  const origin = new URL(TEST_RABBITMQ_MANAGEMENT_URL).origin;
  return {
    api: new Api(origin),
    amqp(vhost, user = "guest", password = "guest") {
      const url = new URL(TEST_RABBITMQ_URL);
      return `amqp://${user}:${password}@${url.host}/${encodeURIComponent(vhost)}`;
    },
    close: async () => undefined,
  };
}

/** Both engines where RabbitMQ is at hand. */
export const ENGINES: readonly (readonly [string, () => Promise<Engine>])[] = [
  ["the embedded broker", () => startOurs()],
  ...(process.env.TEST_RABBITMQ_URL && process.env.TEST_RABBITMQ_MANAGEMENT_URL
    ? [["RabbitMQ", openRabbit] as const]
    : []),
];

export const uniqueName = (kind: string): string => `${kind}-${randomUUID()}`;
