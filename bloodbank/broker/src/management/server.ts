/**
 * RabbitMQ's management HTTP API over node:http. Requests carry Basic credentials of the broker's users; `/metrics` alone, which
 * has no names of messages in it, is open to whoever reaches the port.
 */
import { Buffer } from "node:buffer";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import type { User } from "../access/index.js";
import { secured } from "../connection/secure.js";
import type { TlsFiles } from "../contract.js";
import { BrokerError } from "../errors.js";
import { type Answer, ManagementError, missing } from "./answer.js";
import type { ManagementApi } from "./api.js";
import type { ManagedBroker } from "./contract.js";
import { metrics } from "./metrics.js";

export interface ManagementOptions {
  readonly api: ManagementApi;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Absent: plain HTTP. */
  readonly tls?: TlsFiles | undefined;
  readonly log: (level: "debug" | "info" | "warn" | "error", message: string, fields?: object) => void;
}

export interface ManagementServer {
  readonly port: number;
  close(): Promise<void>;
}

/** A message of 16 MiB in base64, and some room. */
const LARGEST_BODY = 32 * 2 ** 20;

/** Resolves when it listens; rejects with `PORT_IN_USE` or `LISTEN_FAILED`. */
export async function startManagement(options: ManagementOptions): Promise<ManagementServer> {
  const { api, host, tls } = options;
  const handle = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    respond(api, request)
      .catch((thrown) => api.refusal(`${request.method} ${request.url}`, thrown))
      .then((answer) => send(response, request.method === "HEAD", answer));
  };
  const requests = http.createServer(handle);
  const door =
    tls &&
    secured(
      tls,
      (socket) => requests.emit("connection", socket),
      (message) => options.log("warn", `management: ${message}`),
    );
  const server = door === undefined ? requests : net.createServer(door.accept);
  await listen(server, options.port, host);
  server.on("error", (error) =>
    options.log("warn", `management: a connection could not be accepted: ${error.message}`),
  );
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        requests.closeAllConnections();
        door?.close();
      }),
  };
}

async function respond(api: ManagementApi, incoming: http.IncomingMessage): Promise<Answer> {
  const { broker } = api;
  const { method = "GET", headers } = incoming;
  const url = new URL(incoming.url ?? "/", "http://localhost");
  if (url.pathname === "/metrics" || url.pathname === "/metrics/per-object")
    return { status: 200, body: metrics(broker, url.pathname !== "/metrics") };
  if (!url.pathname.startsWith("/api/")) throw missing();

  const user = authenticate(broker, incoming);
  // A page of somewhere else must not act with credentials that the browser remembers.
  if (method !== "GET" && method !== "HEAD" && headers.origin !== undefined && !sameHost(headers))
    throw new ManagementError(403, "forbidden", "Cross-origin requests may not change anything.");
  return api.answer(user, {
    method,
    path: url.pathname.slice("/api".length) + url.search,
    headers,
    body: () => bodyOf(incoming),
  });
}

function authenticate(broker: ManagedBroker, incoming: http.IncomingMessage): User {
  const challenge = { "www-authenticate": 'Basic realm="Bloodbank management"' };
  const [scheme, token = ""] = (incoming.headers.authorization ?? "").split(" ");
  if (scheme?.toLowerCase() !== "basic")
    throw new ManagementError(401, "not_authorized", "Credentials are needed", challenge);
  const [name = "", ...rest] = Buffer.from(token, "base64").toString("utf8").split(":");
  const user = broker.access.verify(name, rest.join(":"), incoming.socket.remoteAddress ?? "");
  if (user === undefined) throw new ManagementError(401, "not_authorized", "Login failed", challenge);
  return user;
}

function sameHost(headers: http.IncomingHttpHeaders): boolean {
  return URL.canParse(headers.origin ?? "") && new URL(headers.origin ?? "").host === headers.host;
}

async function bodyOf(incoming: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY)
      throw new ManagementError(413, "payload_too_large", "The body is larger than 32 MiB.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function send(response: http.ServerResponse, head: boolean, { status, body, headers }: Answer): void {
  const isText = typeof body === "string";
  const text = body === undefined ? "" : isText ? body : JSON.stringify(body);
  response.writeHead(status, {
    ...(body === undefined
      ? {}
      : { "content-type": isText ? "text/plain; version=0.0.4; charset=utf-8" : "application/json" }),
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
    ...(status === 204 ? {} : { "content-length": Buffer.byteLength(text) }),
    ...headers,
  });
  response.end(head ? undefined : text);
}

function listen(server: net.Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "EADDRINUSE"
          ? new BrokerError(
              "PORT_IN_USE",
              `Something else listens on port ${port} (management) of ${host}.`,
              {
                cause: error,
              },
            )
          : new BrokerError(
              "LISTEN_FAILED",
              `${host}:${port} (management) cannot be listened on: ${error.message}`,
              {
                cause: error,
              },
            ),
      ),
    );
    server.listen(port, host, () => resolve());
  });
}
