/** `/health`, `/health/ready` and `/metrics` of one service, on loopback. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { BadVariable } from "../environment.js";
import type { Log } from "../log.js";
import type { RunningService } from "../running-service.js";
import type { ServiceMetrics } from "./metrics.js";

export interface ServiceEndpoint {
  readonly port: number;
  close(): Promise<void>;
}

/** Resolves when it listens. Throws `BadVariable` where the port cannot be had. */
export async function serveHealth(
  port: number,
  service: RunningService,
  metrics: ServiceMetrics,
  log: Log,
): Promise<ServiceEndpoint> {
  const server = createServer((request, response) => {
    const send = (status: number, type: string, body: string) => {
      response.writeHead(status, { "content-type": type, "cache-control": "no-store" });
      response.end(request.method === "HEAD" ? undefined : body);
    };
    const json = (status: number, body: object) => send(status, "application/json", JSON.stringify(body));
    const path = (request.url ?? "").split("?")[0];
    if (request.method !== "GET" && request.method !== "HEAD") json(405, { status: "method not allowed" });
    else if (path === "/health") json(200, { status: "ok" });
    else if (path === "/health/ready")
      json(service.connected ? 200 : 503, { status: service.connected ? "ready" : "not connected" });
    else if (path === "/metrics")
      send(200, "text/plain; version=0.0.4; charset=utf-8", metrics.text(service.connected));
    else json(404, { status: "not found" });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(new BadVariable("SERVICE_HTTP_PORT", error.message)));
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address() as AddressInfo;
  log("info", `health at http://127.0.0.1:${address.port}/health/ready`);
  return {
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
