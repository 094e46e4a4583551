import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startBroker } from "../../src/index.js";

/** What the conformance suite runs on. Each has a virtual host to itself, or is one broker to itself. */
export interface Engine {
  readonly name: string;
  /** Starts it; the AMQP address and how to leave nothing behind. */
  start(): Promise<{ readonly url: string; stop(): Promise<void> }>;
}

export const embedded: Engine = {
  name: "the embedded broker",
  async start() {
    const dataDir = mkdtempSync(path.join(tmpdir(), "bloodbank-broker-"));
    const broker = await startBroker({ dataDir, port: 0 });
    return {
      url: `amqp://guest:guest@127.0.0.1:${broker.port}`,
      async stop() {
        await broker.close();
        rmSync(dataDir, { recursive: true });
      },
    };
  },
};

const { TEST_RABBITMQ_URL, TEST_RABBITMQ_MANAGEMENT_URL } = process.env;

export const rabbitmq: Engine = {
  name: "RabbitMQ",
  async start() {
    const vhost = `broker-conformance-${randomUUID()}`;
    const management = new URL(TEST_RABBITMQ_MANAGEMENT_URL!);
    const { username, password } = management;
    const authorization = `Basic ${btoa(`${username || "guest"}:${password || "guest"}`)}`;
    const at = new URL(`/api/vhosts/${vhost}`, management.origin);
    await fetch(at, { method: "PUT", headers: { authorization } });
    const url = new URL(TEST_RABBITMQ_URL!);
    url.pathname = `/${vhost}`;
    return {
      url: url.href,
      async stop() {
        await fetch(at, { method: "DELETE", headers: { authorization } });
      },
    };
  },
};

/** The one that is always there, and RabbitMQ where the environment names one. */
export const engines: readonly Engine[] =
  TEST_RABBITMQ_URL && TEST_RABBITMQ_MANAGEMENT_URL ? [embedded, rabbitmq] : [embedded];
