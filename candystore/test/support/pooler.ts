/**
 * A pooler before PostgreSQL that behaves as PgBouncer does where it matters to a client: it greets clients itself,
 * refuses the startup packet's `options`, and lends a connection for a session or for one transaction.
 */
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import pg from "pg";

export interface Pooler {
  readonly url: string;
  close(): Promise<void>;
}

/** With `transaction` all clients share one connection, each from a question to the next `ReadyForQuery` outside of a transaction. */
export async function startPooler(databaseUrl: string, mode: "session" | "transaction"): Promise<Pooler> {
  const opened: Backend[] = [];
  const open = async () => {
    const backend = await Backend.open(databaseUrl);
    opened.push(backend);
    return backend;
  };
  const shared = mode === "transaction" ? await open() : undefined;
  const clients = new Set<Socket>();
  const server = createServer((socket) => {
    clients.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => clients.delete(socket));
    socket.once("data", async (startup) => {
      if (startup.includes("\0options\0"))
        return socket.end(message("E", "SFATAL\0C08P01\0Munsupported startup parameter: options\0\0"));
      const backend = shared ?? (await open());
      socket.on("data", (data) => backend.ask(socket, data));
      if (shared === undefined) socket.on("close", () => backend.close());
      // AuthenticationOk, BackendKeyData of its own making, ReadyForQuery.
      const key = Buffer.alloc(8);
      key.writeUInt32BE(socket.remotePort ?? 0);
      socket.write(Buffer.concat([message("R", Buffer.alloc(4)), message("K", key), message("Z", "I")]));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    async close() {
      for (const client of clients) client.destroy();
      server.close();
      await once(server, "close");
      for (const backend of opened) backend.close();
    },
  };
}

/** One connection of PostgreSQL, asked by one client after the other. */
class Backend {
  readonly #socket: Socket;
  readonly #waiting: { readonly client: Socket; readonly data: Buffer }[] = [];
  #owner: Socket | undefined;
  #rest: Buffer = Buffer.alloc(0);

  static async open(databaseUrl: string): Promise<Backend> {
    const client = new pg.Client(databaseUrl);
    client.on("error", () => undefined);
    await client.connect();
    // Whoever may log in has: from here on only bytes go through, which `pg` must not read.
    return new Backend((client as unknown as { connection: { stream: Socket } }).connection.stream);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.removeAllListeners("data");
    socket.on("data", (data: Buffer) => this.#answer(data));
  }

  ask(client: Socket, data: Buffer): void {
    // Terminate ends the client's session alone.
    if (data[0] === 0x58) return;
    if (this.#owner !== undefined && this.#owner !== client) {
      this.#waiting.push({ client, data });
      return;
    }
    this.#owner = client;
    this.#socket.write(data);
  }

  close(): void {
    this.#socket.destroy();
  }

  #answer(data: Buffer): void {
    this.#owner?.write(data);
    this.#rest = Buffer.concat([this.#rest, data]);
    while (this.#rest.length >= 5 && this.#rest.length > this.#rest.readUInt32BE(1)) {
      const length = 1 + this.#rest.readUInt32BE(1);
      const isIdle = this.#rest[0] === 0x5a && this.#rest[5] === 0x49;
      this.#rest = this.#rest.subarray(length);
      if (isIdle) this.#next();
    }
  }

  #next(): void {
    this.#owner = undefined;
    const next = this.#waiting.shift();
    if (next !== undefined) this.ask(next.client, next.data);
  }
}

function message(type: string, content: string | Buffer): Buffer {
  const body = Buffer.from(content);
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeUInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}
