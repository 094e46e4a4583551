/**
 * `/sign-in`: a browser shows its token once, and keeps it in a cookie that no script can read. `to` is the page that
 * was asked for and to which it leads back: a path of this origin, or else the first page.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { COOKIE } from "../access.js";
import type { ApiContext } from "../context.js";

const MONTH = 30 * 24 * 60 * 60;

interface SignIn {
  readonly Querystring: { readonly to?: string | readonly string[] };
  /** Absent where nothing was sent. */
  readonly Body: { readonly token?: string } | null | undefined;
}

/** Where a person who asks for that page signs in. */
export const signInFor = (page: string) =>
  page === "/" ? "/sign-in" : `/sign-in?to=${encodeURIComponent(page)}`;

/** Resolved as a browser does it: no other origin, however it is spelled, and no path that reads as a host (`//host`). */
function pageOf(to: string | readonly string[] | undefined): string {
  const here = "http://here.invalid";
  if (typeof to !== "string" || !URL.canParse(to, here)) return "/";
  const { origin, pathname, search } = new URL(to, here);
  return origin === here && !pathname.startsWith("//") ? pathname + search : "/";
}

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
  server.post<SignIn>("/sign-in", hidden, async ({ body, query }, reply) => {
    const token = body?.token?.trim() ?? "";
    if (tokens?.find(token) === undefined)
      return reply.code(401).type(HTML).serializer(String).send(form("No such token is known."));
    const secure = config.tls === undefined ? "" : "; Secure";
    return reply
      .header(
        "set-cookie",
        // Lax: who follows a link from another site is still signed in, and nothing but a GET comes along from there.
        `${COOKIE}=${encodeURIComponent(token)}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${MONTH}${secure}`,
      )
      .redirect(pageOf(query.to), 303);
  });
}

const HTML = "text/html; charset=utf-8";

/** Sent to the address that it has itself, so that `to` stays through a wrong token. */
const form = (complaint: string) => `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Bloodbank: sign in</title>
<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;display:grid;place-items:center;height:90vh}
form{display:grid;gap:.6rem;width:20rem}input,button{font:inherit;padding:.5rem}p{color:#c00;margin:0}</style></head>
<body><form method="post"><label for="token">Your token</label>
<input id="token" name="token" type="password" autocomplete="current-password" autofocus required>
<p role="alert">${complaint}</p><button>Sign in</button></form></body></html>`;
