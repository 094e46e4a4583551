/**
 * The engines that the bus suite runs against, and the few things in which they may differ.
 *
 * A test gets a bus of its own: the embedded broker on a free port in a fresh directory, or a virtual host of its
 * own on the RabbitMQ server named by TEST_RABBITMQ_URL and TEST_RABBITMQ_MANAGEMENT_URL. Tests of other packages
 * import this file as well.
 */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type BrokerOptions, startBroker } from "@33god/bloodbank-broker";

export interface TestBus {
  readonly url: string;
  /** Of the management API, and what to authorize with. */
  readonly management: { readonly url: string; readonly authorization: string };
  readonly vhost: string;
  close(): Promise<void>;
}

export interface Engine {
  readonly name: string;
  readonly available: boolean;
  /** Has a seam for admission: what breaks its contract is refused before it is routed. RabbitMQ has none. */
  readonly admission: boolean;
  /** Its timers follow a clock that the test turns. */
  readonly clock: boolean;
  /** `options`: for engines with that capability; others take none. */
  open(
    options?: Partial<Pick<BrokerOptions, "admit" | "guarded" | "quarantineQueue" | "clock">>,
  ): Promise<TestBus>;
}

export const embedded: Engine = {
  name: "the embedded broker",
  available: true,
  admission: true,
  clock: true,
  async open(options = {}) {
    const dataDir = await mkdtemp(path.join(tmpdir(), "bloodbank-test-"));
    const broker = await startBroker({ dataDir, port: 0, managementPort: 0, ...options });
    return {
      url: `amqp://guest:guest@${broker.host}:${broker.port}/`,
      management: {
        url: `http://${broker.host}:${broker.managementPort}`,
        authorization: `Basic ${btoa("guest:guest")}`,
      },
      vhost: "/",
      async close() {
        await broker.close();
        await rm(dataDir, { recursive: true, force: true });
      },
    };
  },
};

const rabbitUrl = process.env.TEST_RABBITMQ_URL;
const managementUrl = process.env.TEST_RABBITMQ_MANAGEMENT_URL ?? "http://127.0.0.1:15672";

export const rabbitmq: Engine = {
  name: "RabbitMQ",
  available: rabbitUrl !== undefined,
  admission: false,
  clock: false,
  async open() {
    const address = new URL(rabbitUrl ?? "amqp://guest:guest@127.0.0.1:5672/");
    const management = new URL(managementUrl);
    const vhost = `test-${randomUUID()}`;
    const user = decodeURIComponent(address.username) || "guest";
    const authorization = `Basic ${btoa(`${user}:${decodeURIComponent(address.password) || "guest"}`)}`;
    // `fetch` takes no credentials in an address.
    management.username = "";
    management.password = "";
    const call = async (method: string, path: string, body?: object) => {
      const response = await fetch(new URL(path, management), {
        method,
        headers: { authorization, "content-type": "application/json" },
        ...(body && { body: JSON.stringify(body) }),
      });
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    };
    await call("PUT", `/api/vhosts/${vhost}`, {});
    await call("PUT", `/api/permissions/${vhost}/${user}`, { configure: ".*", write: ".*", read: ".*" });
    address.pathname = `/${vhost}`;
    return {
      url: address.href,
      management: { url: management.origin, authorization },
      vhost,
      close: () => call("DELETE", `/api/vhosts/${vhost}`),
    };
  },
};

export const engines: readonly Engine[] = [embedded, rabbitmq];
