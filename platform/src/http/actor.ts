import type { FastifyRequest } from "fastify";

declare module "fastify" {
  interface FastifyRequest {
    /** The name of the token that was shown; absent where there are no tokens. */
    tokenName: string | undefined;
  }
}

/** Who does it, for the record: the token's name, else what the caller calls itself. */
export function actorOf(request: FastifyRequest): string {
  const given = request.headers["x-bloodbank-actor"];
  const named = (typeof given === "string" ? given : given?.[0])?.trim().slice(0, 200);
  return request.tokenName ?? (named || `somebody at ${request.ip}`);
}
