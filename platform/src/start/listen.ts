import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import type { FastifyInstance } from "fastify";
import type { Config } from "../config/contract.js";
import { messageOf, StartError, systemCode } from "../errors.js";
import { unusable } from "./ports.js";

/**
 * The address that it listens at, as a URL.
 *
 * @throws StartError `PORT_TAKEN`, `BAD_CONFIG`
 */
export async function listen(server: FastifyInstance, port: number, host: string): Promise<string> {
  try {
    await server.listen({ port, host });
  } catch (error) {
    if (systemCode(error) !== "EADDRINUSE") throw unusable(error, port, host);
    throw new StartError("PORT_TAKEN", `Port ${port} of ${host} was taken meanwhile`, {
      cause: error,
      hint: "Start again.",
    });
  }
  const [bound] = server.addresses();
  const shown = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  const secure = "https" in server.initialConfig && server.initialConfig.https !== undefined;
  return `${secure ? "https" : "http"}://${shown.includes(":") ? `[${shown}]` : shown}:${typeof bound === "object" ? bound.port : port}`;
}

/** @throws StartError `BAD_CONFIG` */
export function readDefinitions({ definitionsFile }: Config): unknown {
  if (definitionsFile === undefined) return undefined;
  try {
    return JSON.parse(readFileSync(definitionsFile, "utf8"));
  } catch (error) {
    throw new StartError("BAD_CONFIG", `BLOODBANK_DEFINITIONS: ${definitionsFile}: ${messageOf(error)}`, {
      cause: error,
      hint: "It is what `rabbitmqctl export_definitions` writes.",
    });
  }
}

/** @throws StartError `BAD_CONFIG` for files that cannot be read, or are no certificate and its key */
export function readTls({ tls }: Config): { readonly cert: string; readonly key: string } | undefined {
  if (tls === undefined) return undefined;
  const read = (variable: string, file: string) => {
    try {
      return readFileSync(file, "utf8");
    } catch (error) {
      throw new StartError("BAD_CONFIG", `${variable}: ${messageOf(error)}`, {
        cause: error,
        hint: "It names a file in PEM that this user may read.",
      });
    }
  };
  const pair = {
    cert: read("BLOODBANK_TLS_CERT", tls.certFile),
    key: read("BLOODBANK_TLS_KEY", tls.keyFile),
  };
  try {
    createSecureContext(pair);
  } catch (error) {
    throw new StartError(
      "BAD_CONFIG",
      `BLOODBANK_TLS_CERT and BLOODBANK_TLS_KEY: ${tls.certFile} and ${tls.keyFile} cannot be used together: ${messageOf(error)}`,
      { cause: error, hint: "A certificate chain in PEM, and the private key that belongs to it." },
    );
  }
  return pair;
}
