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
  const secureContext = contextOf(files);
  return (socket) => {
    // Until it is known what the client speaks, whatever fails is its own affair.
    socket.on("error", () => undefined);
    const timer = setTimeout(() => socket.destroy(), HANDSHAKE_MS);
    socket.once("close", () => clearTimeout(timer));
    const first = (): void => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      socket.removeListener("readable", first);
      socket.unshift(chunk);
      if (chunk[0] === TLS_HANDSHAKE) {
        const secure = new tls.TLSSocket(socket, { isServer: true, secureContext });
        secure.on("error", (error) =>
          report(`a TLS handshake with ${socket.remoteAddress} failed: ${error.message}`),
        );
        secure.once("secure", () => {
          clearTimeout(timer);
          accept(secure);
        });
        return;
      }
      clearTimeout(timer);
      if (isLoopback(socket.remoteAddress ?? "")) accept(socket);
      else {
        report(`refused ${socket.remoteAddress}: other machines must use amqps`);
        socket.destroy();
      }
    };
    socket.on("readable", first);
  };
}

function contextOf({ cert, key }: TlsFiles): tls.SecureContext {
  try {
    return tls.createSecureContext({ cert, key, minVersion: "TLSv1.2" });
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
