/** A TCP proxy that breaks connections on demand. */

import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";

export interface Proxy {
  /** The given URL with the proxy's address in it. */
  readonly url: string;
  /** Cuts all connections now. */
  cut(): void;
  /** Cuts each connection, present and future, after so many bytes from the client; `Infinity` stops that. */
  cutAfter(bytes: number): void;
  /** Refuses new connections until `open`. */
  shut(): void;
  /** Passes on nothing more of what the broker says on today's connections, until `open`. */
  withhold(): void;
  open(): void;
  readonly connections: number;
  close(): Promise<void>;
}

export async function startProxy(target: string): Promise<Proxy> {
  const address = new URL(target);
  const sockets = new Set<Socket>();
  const brokers = new Set<Socket>();
  let accepting = true;
  let limit = Number.POSITIVE_INFINITY;
  let connections = 0;
  const server = createServer((client) => {
    if (!accepting) {
      client.destroy();
      return;
    }
    connections++;
    const broker = connect(Number(address.port || 5672), address.hostname);
    brokers.add(broker);
    broker.on("close", () => brokers.delete(broker));
    let seen = 0;
    for (const [from, to] of [
      [client, broker],
      [broker, client],
    ] as const) {
      sockets.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
      from.on("data", (bytes) => {
        if (from === client) {
          const left = limit - seen;
          seen += bytes.length;
          if (bytes.length >= left) {
            to.write(bytes.subarray(0, Math.max(0, left)), () => client.destroy());
            return;
          }
        }
        if (!to.write(bytes)) from.pause();
      });
      from.on("drain", () => to.resume());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const proxied = new URL(target);
  proxied.hostname = "127.0.0.1";
  proxied.port = String((server.address() as AddressInfo).port);
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: proxied.href,
    cut,
    cutAfter: (bytes) => {
      limit = bytes;
    },
    shut: () => {
      accepting = false;
    },
    withhold: () => {
      for (const broker of brokers) broker.pause();
    },
    open: () => {
      accepting = true;
      for (const broker of brokers) broker.resume();
    },
    get connections() {
      return connections;
    },
    close: () =>
      new Promise((resolve) => {
        cut();
        server.close(() => resolve());
      }),
  };
}
