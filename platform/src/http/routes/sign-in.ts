/** `/sign-in`: a browser shows its token once, and keeps it in a cookie that no script can read. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { COOKIE } from "../access.js";
import type { ApiContext } from "../context.js";

const MONTH = 30 * 24 * 60 * 60;

export function signInRoutes(server: FastifyInstance, { tokens, config }: ApiContext): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string" },
    async (_request: FastifyRequest, body: string) => Object.fromEntries(new URLSearchParams(body)),
  );
  const hidden = { schema: { hide: true } };
  server.get("/sign-in", hidden, async (_request, reply) =>
    reply.type(HTML).serializer(String).send(form("")),
  );
  server.post<{ Body: { readonly token?: string } }>("/sign-in", hidden, async ({ body }, reply) => {
    const token = body.token?.trim() ?? "";
    if (tokens?.find(token) === undefined)
      return reply.code(401).type(HTML).serializer(String).send(form("No such token is known."));
    const secure = config.tls === undefined ? "" : "; Secure";
    return reply
      .header(
        "set-cookie",
        `${COOKIE}=${encodeURIComponent(token)}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${MONTH}${secure}`,
      )
      .redirect("/", 303);
  });
}

const HTML = "text/html; charset=utf-8";

const form = (complaint: string) => `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Bloodbank: sign in</title>
<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;display:grid;place-items:center;height:90vh}
form{display:grid;gap:.6rem;width:20rem}input,button{font:inherit;padding:.5rem}p{color:#c00;margin:0}</style></head>
<body><form method="post" action="/sign-in"><label for="token">Your token</label>
<input id="token" name="token" type="password" autocomplete="current-password" autofocus required>
<p role="alert">${complaint}</p><button>Sign in</button></form></body></html>`;
