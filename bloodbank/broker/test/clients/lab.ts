/** A broker that can be stopped and started again on the same port and data, for clients that must survive it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePort } from "../../../../scripts/free-port.mjs";
import { type Broker, startBroker } from "../../src/index.js";

export class Lab {
  readonly #dataDir: string;
  #broker: Broker;
  readonly url: string;

  static async open(): Promise<Lab> {
    const dataDir = await mkdtemp(path.join(tmpdir(), "clients-"));
    return new Lab(dataDir, await startBroker({ dataDir, port: await freePort() }));
  }

  private constructor(dataDir: string, broker: Broker) {
    this.#dataDir = dataDir;
    this.#broker = broker;
    this.url = `amqp://guest:guest@127.0.0.1:${broker.port}`;
  }

  get stats() {
    return this.#broker.stats();
  }

  async restart(): Promise<void> {
    const { port } = this.#broker;
    await this.#broker.close();
    this.#broker = await startBroker({ dataDir: this.#dataDir, port });
  }

  async close(): Promise<void> {
    await this.#broker.close();
    await rm(this.#dataDir, { recursive: true, force: true });
  }
}

/** 16 MiB that are not all the same. */
export function largeBody(): Buffer {
  const body = Buffer.alloc(16 * 2 ** 20);
  for (let i = 0; i < body.length; i += 4096) body.writeUInt32BE(i, i);
  return body;
}

export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}
