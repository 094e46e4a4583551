/**
 * Who may ask what. Without tokens the ports are this machine's alone, and a page of another origin, or a name that
 * somebody's DNS points here, is turned away. With tokens a reader may look, and an operator may act as well.
 */
import { isIP } from "node:net";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { isLoopback } from "../config/values.js";
import type { ApiContext } from "./context.js";
import { Problem } from "./problem.js";

export const COOKIE = "bloodbank_token";

/** Probes, and what one needs to sign in. */
const ANYBODY = /^\/(health(\/ready)?|sign-in)$/;
/** Acts that change nothing. */
const LOOKS = /^\/(schemas\/validate|api\/v1\/(dead-letters|replays)\/preview|registry\/)/;

export function guard(server: FastifyInstance, { config, tokens }: ApiContext): void {
  server.decorateRequest("tokenName", undefined);
  server.addHook("onRequest", async (request) => {
    const path = request.url.split("?")[0] ?? "";
    if (tokens === undefined) refuseForeignName(request, config.host);
    const { origin } = request.headers;
    const signed = isSigned(path, config);
    if (origin !== undefined && !signed && isForeign(origin, request))
      throw new Problem("FOREIGN_ORIGIN", `A page of ${origin} may not use this platform.`);
    if (tokens === undefined || ANYBODY.test(path) || signed) return;
    const secret = secretOf(request);
    const token = secret === undefined ? undefined : tokens.find(secret);
    if (token === undefined)
      throw new Problem(
        "NOT_SIGNED_IN",
        secret === undefined ? "No token was sent." : "No such token is known.",
      );
    request.tokenName = token.name;
    const looks = request.method === "GET" || request.method === "HEAD" || LOOKS.test(path);
    if (token.role === "reader" && !looks)
      throw new Problem("NOT_ALLOWED", `${token.name} is a reader, and ${request.method} ${path} is an act.`);
  });
}

/** A webhook whose signature is checked needs no token, and may come from anywhere: its sender has none. */
function isSigned(path: string, { fireflies, githubWebhookSecret }: ApiContext["config"]): boolean {
  return (
    (path === "/webhooks/fireflies" && fireflies.webhookSecret !== undefined) ||
    (path === "/webhooks/github" && githubWebhookSecret !== undefined)
  );
}

function secretOf({ headers }: FastifyRequest): string | undefined {
  const bearer = /^Bearer +(.+)$/i.exec(headers.authorization ?? "")?.[1];
  if (bearer !== undefined) return bearer.trim();
  const cookie = new RegExp(`(?:^|; *)${COOKIE}=([^;]*)`).exec(headers.cookie ?? "")?.[1];
  if (cookie === undefined) return undefined;
  try {
    return decodeURIComponent(cookie);
  } catch {
    // No token has that spelling.
    return cookie;
  }
}

/** A name that an attacker's DNS points to 127.0.0.1 would make the attacker's page one of this origin. */
function refuseForeignName(request: FastifyRequest, own: string): void {
  const host = hostOf(request);
  if (isIP(host) !== 0 || isLoopback(host) || host === own.toLowerCase()) return;
  throw new Problem("FOREIGN_ORIGIN", `This platform does not go by the name ${host || "(none)"}.`, {
    hint: "Use its address, localhost, or set BLOODBANK_HOST and BLOODBANK_TOKENS.",
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
