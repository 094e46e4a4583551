/**
 * The engines that the bus suite runs against, and the few things in which they may differ.
 *
 * A test gets a bus of its own: the embedded broker on a free port in a fresh directory, or a virtual host of its
 * own on the RabbitMQ server named by TEST_RABBITMQ_URL and TEST_RABBITMQ_MANAGEMENT_URL.
 */
import { randomUUID } from "node:crypto";

export interface TestBus {
  readonly url: string;
  close(): Promise<void>;
}

export interface Engine {
  readonly name: string;
  readonly available: boolean;
  open(): Promise<TestBus>;
}

const rabbitUrl = process.env.TEST_RABBITMQ_URL;
const managementUrl = process.env.TEST_RABBITMQ_MANAGEMENT_URL ?? "http://127.0.0.1:15672";

export const rabbitmq: Engine = {
  name: "RabbitMQ",
  available: rabbitUrl !== undefined,
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
    return { url: address.href, close: () => call("DELETE", `/api/vhosts/${vhost}`) };
  },
};

export const engines: readonly Engine[] = [rabbitmq];
