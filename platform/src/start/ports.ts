/** Ports: a default one that is taken gives way to the next free one, and the person is told who listens there. */
import { connect, createServer } from "node:net";
import type { Port } from "../config/contract.js";
import { messageOf, StartError, systemCode } from "../errors.js";

const TRIES = 50;

export interface ChosenPort {
  readonly number: number;
  /** Set when the port is not the one that was wanted: what to tell. */
  readonly notice: string | undefined;
}

/**
 * @param what as in "the HTTP port"
 * @param variable what it is set by
 * @throws StartError `PORT_TAKEN` for an explicit port that is in use, `BAD_CONFIG` for one that nobody may listen at
 */
export async function choosePort(
  port: Port,
  host: string,
  what: string,
  variable: string,
  taken: ReadonlySet<number> = new Set(),
): Promise<ChosenPort> {
  if (port.number === 0) return { number: 0, notice: undefined };
  if (!taken.has(port.number) && (await isFree(port.number, host)))
    return { number: port.number, notice: undefined };
  const who = taken.has(port.number) ? "this platform itself" : await whoListens(port.number, host);
  if (port.explicit)
    throw new StartError(
      "PORT_TAKEN",
      `Port ${port.number} of ${host}, asked for by ${variable}, is in use by ${who}`,
      {
        hint: `Stop it, or set ${variable} to another port; 0 is any free one.`,
      },
    );
  for (let number = port.number + 1; number <= Math.min(port.number + TRIES, 65_535); number++)
    if (!taken.has(number) && (await isFree(number, host)))
      return { number, notice: `Port ${port.number} is in use by ${who}; ${what} is at ${number} instead.` };
  throw new StartError("PORT_TAKEN", `Port ${port.number} of ${host} and the ${TRIES} after it are in use`, {
    hint: `Set ${variable}.`,
  });
}

/** @throws StartError `BAD_CONFIG` where it is neither free nor taken: nobody may listen there */
export function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (error) => {
      if (systemCode(error) === "EADDRINUSE") resolve(false);
      else reject(unusable(error, port, host));
    });
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** What a port that cannot be listened at, and is not in use, says of the configuration. */
export function unusable(error: unknown, port: number, host: string): StartError {
  if (systemCode(error) === "EACCES")
    return new StartError("BAD_CONFIG", `Port ${port} of ${host} may not be listened at by this user`, {
      cause: error,
      hint: "Ports below 1024 are often root's: set another one.",
    });
  const gone = /^(EADDRNOTAVAIL|ENOTFOUND)$/.test(systemCode(error) ?? "");
  const why = gone
    ? `this machine has no address ${host}`
    : `${host} cannot be listened at: ${messageOf(error)}`;
  return new StartError("BAD_CONFIG", `BLOODBANK_HOST: ${why}`, {
    cause: error,
    hint: "Use 127.0.0.1, or an address that `ip address` shows.",
  });
}

/** Asks the listener itself: an AMQP broker answers the protocol header, an HTTP server says what it is. */
function whoListens(port: number, host: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host });
    const done = (who: string) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(who);
    };
    const timer = setTimeout(() => {
      // Silent so far: an HTTP server waits for a request.
      socket.write("GET / HTTP/1.0\r\n\r\n");
      setTimeout(done, 300, "another program").unref();
    }, 300);
    socket.on("error", () => done("another program"));
    // AMQP 0-9-1 §4.2.2
    socket.on("connect", () => socket.write("AMQP\0\0\x09\x01", "latin1"));
    socket.on("data", (data) => done(productOf(data)));
  });
}

/** `connection.start` holds the field table of the server's properties (AMQP 0-9-1 §1.4.2.1): `product`, `S`, length. */
function productOf(answer: Buffer): string {
  const at = answer.indexOf("productS");
  if (at >= 0) {
    const length = answer.readUInt32BE(at + 8);
    return answer.toString("utf8", at + 12, at + 12 + Math.min(length, 80));
  }
  const text = answer.toString("latin1");
  if (text.startsWith("HTTP/")) {
    const server = /^server: *(.+?)\r?$/im.exec(text)?.[1];
    return server === undefined ? "an HTTP server" : `the HTTP server ${server}`;
  }
  return text.startsWith("AMQP") ? "another AMQP broker" : "another program";
}
