/**
 * RabbitMQ's management HTTP API over node:http. Requests carry Basic credentials of the broker's users; `/metrics` alone, which
 * has no names of messages in it, is open to whoever reaches the port.
 */
import { Buffer } from "node:buffer";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import type { User } from "../access/index.js";
import { secured } from "../connection/secure.js";
import type { Clock, TlsFiles } from "../contract.js";
import { BrokerError } from "../errors.js";
import { type Answer, errorOf, ManagementError, missing } from "./answer.js";
import type { ManagedBroker } from "./contract.js";
import { metrics } from "./metrics.js";
import { hasRole, Request } from "./request.js";
import { RouteTable } from "./route-table.js";
import { bindingRoutes } from "./routes/bindings.js";
import { connectionRoutes } from "./routes/connections.js";
import { definitionRoutes } from "./routes/definitions.js";
import { exchangeRoutes } from "./routes/exchanges.js";
import { healthRoutes } from "./routes/health.js";
import { overviewRoutes } from "./routes/overview.js";
import { permissionRoutes } from "./routes/permissions.js";
import { policyRoutes } from "./routes/policies.js";
import { queueRoutes } from "./routes/queues.js";
import { userRoutes } from "./routes/users.js";
import { vhostRoutes } from "./routes/vhosts.js";
import { Sampler } from "./sampler.js";

export interface ManagementOptions {
  readonly broker: ManagedBroker;
  readonly clock: Clock;
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

const TABLE = new RouteTable([
  ...overviewRoutes,
  ...healthRoutes,
  ...connectionRoutes,
  ...exchangeRoutes,
  ...queueRoutes,
  ...bindingRoutes,
  ...vhostRoutes,
  ...userRoutes,
  ...permissionRoutes,
  ...policyRoutes,
  ...definitionRoutes,
]);

/** Resolves when it listens; rejects with `PORT_IN_USE` or `LISTEN_FAILED`. */
export async function startManagement(options: ManagementOptions): Promise<ManagementServer> {
  const { broker, clock, host, tls } = options;
  const sampler = new Sampler(broker, clock);
  const handle = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    respond(options, sampler, request).then(
      (answer) => send(response, request.method === "HEAD", answer),
      (thrown) => {
        const error = errorOf(thrown);
        if (error.status === 500)
          options.log("error", `management: ${request.method} ${request.url} failed`, { cause: thrown });
        const { status, headers } = error;
        send(response, request.method === "HEAD", {
          status,
          headers,
          body: { error: error.error, reason: error.message },
        });
      },
    );
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
  sampler.start();
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        sampler.stop();
        server.close(() => resolve());
        requests.closeAllConnections();
        door?.close();
      }),
  };
}

async function respond(
  options: ManagementOptions,
  sampler: Sampler,
  incoming: http.IncomingMessage,
): Promise<Answer> {
  const { broker } = options;
  const { method = "GET", headers } = incoming;
  const url = new URL(incoming.url ?? "/", "http://localhost");
  if (url.pathname === "/metrics" || url.pathname === "/metrics/per-object")
    return { status: 200, body: metrics(broker, url.pathname !== "/metrics") };
  if (!url.pathname.startsWith("/api/")) throw missing();

  const user = authenticate(broker, incoming);
  // A page of somewhere else must not act with credentials that the browser remembers.
  if (method !== "GET" && method !== "HEAD" && headers.origin !== undefined && !sameHost(headers))
    throw new ManagementError(403, "forbidden", "Cross-origin requests may not change anything.");
  const match = TABLE.find(method, url.pathname.slice("/api".length));
  if (!("route" in match)) {
    if (match.length === 0) throw missing();
    throw new ManagementError(405, "method_not_allowed", `Allowed are ${match.join(", ")}.`, {
      allow: match.join(", "),
    });
  }
  if (!hasRole(user, match.route.role))
    throw new ManagementError(401, "not_authorised", `Not ${match.route.role} user`);
  const body = await bodyOf(incoming);
  return match.route.handle(
    new Request({ broker, sampler }, user, match.params, url.searchParams, body, headers),
  );
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
