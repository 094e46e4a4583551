/** Who may ask what. Without tokens the ports are this machine's alone, and a page of another origin is turned away. */
import { isIP } from "node:net";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { isLoopback } from "../config/values.js";
import type { ApiContext } from "./context.js";
import { Problem } from "./problem.js";

const ANYBODY = /^\/(health(\/ready)?|webhooks\/)/;

export function guard(server: FastifyInstance, { config }: ApiContext): void {
  server.addHook("onRequest", async (request) => {
    const host = hostOf(request);
    // A name that an attacker's DNS points to 127.0.0.1 would make the attacker's page one of this origin.
    if (
      config.tokensFile === undefined &&
      !isIP(host) &&
      !isLoopback(host) &&
      host !== config.host.toLowerCase()
    )
      throw new Problem("FOREIGN_ORIGIN", `This platform does not go by the name ${host || "(none)"}.`, {
        hint: "Use its address, localhost, or set BLOODBANK_HOST and BLOODBANK_TOKENS.",
      });
    const { origin } = request.headers;
    if (origin !== undefined && !ANYBODY.test(request.url) && isForeign(origin, request))
      throw new Problem("FOREIGN_ORIGIN", `A page of ${origin} may not use this platform.`);
  });
}

function isForeign(origin: string, request: FastifyRequest): boolean {
  return !URL.canParse(origin) || new URL(origin).host !== request.headers.host;
}

function hostOf(request: FastifyRequest): string {
  const authority = `http://${request.headers.host ?? ""}`;
  if (!URL.canParse(authority)) return "";
  return new URL(authority).hostname.replace(/^\[|\]$/g, "").toLowerCase();
}
