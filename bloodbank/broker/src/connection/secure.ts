import type { Socket } from "node:net";
import tls from "node:tls";
import { isLoopback } from "../access/index.js";
import type { TlsFiles } from "../contract.js";
import { BrokerError } from "../errors.js";

/**
 * `amqps` on the port that speaks `amqp`: the first byte tells which one a client means (TLS begins with 0x16, AMQP with
 * `A`). Once a certificate is given, only clients on this machine may do without it.
 */
export function secured(
  files: TlsFiles,
  accept: (socket: Socket) => void,
  report: (message: string) => void,
): (socket: Socket) => void {
  const server = serverOf(files, accept);
  server.on("tlsClientError", (error, { remoteAddress }) =>
    report(`a TLS handshake with ${remoteAddress ?? "a client"} failed: ${error.message}`),
  );
  return (socket) => {
    // Until it is known what the client speaks, whatever fails is its own affair.
    socket.on("error", () => undefined);
    const timer = setTimeout(() => socket.destroy(), HANDSHAKE_MS);
    socket.once("close", () => clearTimeout(timer));
    const first = (): void => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      clearTimeout(timer);
      socket.removeListener("readable", first);
      socket.unshift(chunk);
      if (chunk[0] === TLS_HANDSHAKE) server.emit("connection", socket);
      else if (isLoopback(socket.remoteAddress ?? "")) accept(socket);
      else {
        report(`refused ${socket.remoteAddress}: other machines must use amqps`);
        socket.destroy();
      }
    };
    socket.on("readable", first);
  };
}

/** It listens nowhere: it is handed sockets that turned out to speak TLS. */
function serverOf({ cert, key }: TlsFiles, accept: (socket: Socket) => void): tls.Server {
  try {
    return tls.createServer({ cert, key, minVersion: "TLSv1.2", handshakeTimeout: HANDSHAKE_MS }, accept);
  } catch (error) {
    throw new BrokerError(
      "TLS_INVALID",
      `The certificate or its key cannot be used: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
}

const TLS_HANDSHAKE = 0x16;
const HANDSHAKE_MS = 10_000;
