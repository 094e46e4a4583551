import type { Socket } from "node:net";
import tls from "node:tls";
import { isLoopback } from "../access/index.js";
import type { TlsFiles } from "../contract.js";
import { BrokerError } from "../errors.js";

/**
 * TLS and plain text on one port: the first byte tells which one a client means (TLS begins with 0x16, AMQP and HTTP
 * with a letter). Once a certificate is given, only clients on this machine may do without it.
 */
export function secured(
  files: TlsFiles,
  accept: (socket: Socket) => void,
  report: (message: string) => void,
): SecuredDoor {
  const undecided = new Map<string, Socket>();
  const server = serverOf(files, (secure) => {
    undecided.delete(nameOf(secure));
    accept(secure);
  });
  server.on("tlsClientError", (error, { remoteAddress }) =>
    report(`a TLS handshake with ${remoteAddress ?? "a client"} failed: ${error.message}`),
  );
  return {
    accept(socket) {
      const name = nameOf(socket);
      undecided.set(name, socket);
      // Until it is known what the client speaks, whatever fails is its own affair.
      socket.on("error", () => undefined);
      const timer = setTimeout(() => socket.destroy(), HANDSHAKE_MS);
      socket.once("close", () => {
        clearTimeout(timer);
        undecided.delete(name);
      });
      const first = (): void => {
        const chunk = socket.read() as Buffer | null;
        if (chunk === null) return;
        clearTimeout(timer);
        socket.removeListener("readable", first);
        socket.unshift(chunk);
        if (chunk[0] === TLS_HANDSHAKE) server.emit("connection", socket);
        else if (isSameMachine(socket.remoteAddress, socket.localAddress)) {
          undecided.delete(name);
          accept(socket);
        } else {
          report(`refused ${socket.remoteAddress}: other machines must use TLS`);
          socket.destroy();
        }
      };
      socket.on("readable", first);
    },
    close() {
      for (const socket of undecided.values()) socket.destroy();
    },
  };
}

export interface SecuredDoor {
  /** For every new connection of a server. */
  accept(socket: Socket): void;
  /** Ends what has not come as far as being accepted; what was is whose it was given to. */
  close(): void;
}

function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** A connection between one address and itself has not left the machine. */
export function isSameMachine(remote: string | undefined, local: string | undefined): boolean {
  return remote !== undefined && (isLoopback(remote) || remote === local);
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
