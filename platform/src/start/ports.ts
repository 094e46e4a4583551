/** Ports: a default one that is taken gives way to the next free one, and the person is told who listens there. */
import { connect, createServer } from "node:net";
import type { Port } from "../config/contract.js";
import { StartError, systemCode } from "../errors.js";

const TRIES = 50;

export interface ChosenPort {
  readonly number: number;
  /** Set when the port is not the one that was wanted: what to tell. */
  readonly notice: string | undefined;
}

/**
 * @param what as in "the HTTP port"
 * @param variable what it is set by
 * @throws StartError `PORT_TAKEN` for an explicit port that is in use
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

export function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (error) => {
      const code = systemCode(error);
      if (code === "EADDRINUSE" || code === "EACCES") resolve(false);
      else if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
        reject(
          new StartError("BAD_CONFIG", `BLOODBANK_HOST: this machine has no address ${host}`, {
            hint: "Use 127.0.0.1, or an address that `ip address` shows.",
          }),
        );
      else reject(error);
    });
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)));
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
