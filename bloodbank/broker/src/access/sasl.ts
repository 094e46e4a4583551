/** SASL mechanisms: what the client sent in `connection.start-ok` as a name and a password. */
import { Buffer } from "node:buffer";
import { AmqpError, syntaxError } from "../errors.js";
import { textOf } from "../wire/table.js";
import { decodeTable } from "../wire/table-codec.js";

/** For `connection.start`. */
export const MECHANISMS = "PLAIN AMQPLAIN";

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** Throws a connection error for a mechanism that is not offered or a response that cannot be read. */
export function readCredentials(mechanism: string, response: Uint8Array): Credentials {
  const bytes = Buffer.from(response.buffer, response.byteOffset, response.byteLength);
  if (mechanism === "PLAIN") return plain(bytes);
  if (mechanism === "AMQPLAIN") return amqplain(bytes);
  throw new AmqpError(
    "COMMAND_INVALID",
    `unsupported SASL mechanism ${mechanism}; offered are ${MECHANISMS}`,
  );
}

/** RFC 4616: authorization identity (not used), NUL, name, NUL, password. */
function plain(bytes: Buffer): Credentials {
  const first = bytes.indexOf(0);
  const second = bytes.indexOf(0, first + 1);
  if (first === -1 || second === -1) throw refusedLogin("PLAIN");
  return { user: bytes.toString("utf8", first + 1, second), password: bytes.toString("utf8", second + 1) };
}

/** A field table without its size. */
function amqplain(bytes: Buffer): Credentials {
  const sized = Buffer.alloc(bytes.length + 4);
  sized.writeUInt32BE(bytes.length);
  bytes.copy(sized, 4);
  const fields = decodeTable(sized, 0, sized.length);
  const user = textOf(fields.get("LOGIN"));
  const password = textOf(fields.get("PASSWORD"));
  if (user === undefined || password === undefined)
    throw syntaxError("AMQPLAIN auth info must have LOGIN and PASSWORD as long strings");
  return { user, password };
}

/** What whoever fails to log in is told, whatever the cause. */
export function refusedLogin(mechanism: string): AmqpError {
  return new AmqpError(
    "ACCESS_REFUSED",
    `Login was refused using authentication mechanism ${mechanism}. For details see the broker logfile.`,
    "connection",
  );
}
