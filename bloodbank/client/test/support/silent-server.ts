/** What listens, takes whatever comes and says nothing. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

export interface SilentServer {
  /** As a broker's address. */
  readonly url: string;
  /** Connections so far. */
  readonly sockets: readonly Socket[];
  /** Takes no further connection. */
  close(): void;
}

export async function startSilentServer(): Promise<SilentServer> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    // It reads: a socket whose bytes nobody takes never tells that it was closed.
    sockets.push(socket.resume().on("error", () => undefined));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { url: `amqp://127.0.0.1:${port}/`, sockets, close: () => server.close() };
}
