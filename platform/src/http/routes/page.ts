/** The page at `/`: Candybar's built files, and its index for every address that only the page knows. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { systemCode } from "../../errors.js";
import type { ApiContext } from "../context.js";
import { Problem } from "../problem.js";
import { StaticFiles } from "../static-files.js";

/** Addresses that are never the page's, whoever asks for them. */
const NOT_PAGES =
  /^\/(api|assets|schemas|registry|webhooks|health|metrics|docs|openapi\.json|asyncapi\.json)(\/|$)/;
const INDEX = "/index.html";

export function pageRoutes(
  server: FastifyInstance,
  { log }: ApiContext,
  methods: (address: string) => readonly string[],
): void {
  const files = builtFiles();
  if (files === undefined) log("warn", "the page is not built: `npm run build` builds it");

  server.setNotFoundHandler(async (request, reply) => {
    const address = request.url.split("?")[0] ?? "";
    const wantsPage = request.method === "GET" && (request.headers.accept ?? "").includes("text/html");
    if (files !== undefined && wantsPage && !NOT_PAGES.test(address))
      return send(files, INDEX, request, reply);
    const taken = methods(address);
    if (taken.length > 0) {
      reply.header("allow", taken.join(", "));
      throw new Problem(
        "METHOD_NOT_ALLOWED",
        `${address} takes ${taken.join(" and ")}, not ${request.method}.`,
      );
    }
    throw new Problem("NOT_FOUND", `${request.method} ${address} is no address of this API.`);
  });
  if (files === undefined) return;
  const hidden = { schema: { hide: true } };
  server.get("/", hidden, (request, reply) => send(files, INDEX, request, reply));
  for (const address of files.paths)
    if (address !== INDEX)
      server.get(address, hidden, (request, reply) => send(files, address, request, reply));
}

async function send(
  files: StaticFiles,
  address: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { type, bytes, gzipped, etag } = await files.get(address);
  // Names in assets/ hold their content's hash; nothing else may be kept unasked.
  const hashed = address.startsWith("/assets/");
  reply
    .code(200)
    .header("cache-control", hashed ? "public, max-age=31536000, immutable" : "no-cache")
    .header("etag", etag)
    .header("vary", "accept-encoding");
  if (request.headers["if-none-match"] === etag) return reply.code(304).send();
  if (gzipped === undefined || !/\bgzip\b/.test(String(request.headers["accept-encoding"] ?? "")))
    return reply.type(type).send(bytes);
  return reply.type(type).header("content-encoding", "gzip").send(gzipped);
}

/** A build that is at work this very moment has not built it. */
function builtFiles(): StaticFiles | undefined {
  const folder = pageFolder();
  try {
    return folder === undefined ? undefined : new StaticFiles(folder);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Beside this package's own files where it was packed with them, else the workspace's build. */
function pageFolder(): string | undefined {
  const packed = fileURLToPath(new URL("../../../page", import.meta.url));
  if (existsSync(path.join(packed, "index.html"))) return packed;
  try {
    const manifest = createRequire(import.meta.url).resolve("@33god/candybar/package.json");
    const built = path.join(path.dirname(manifest), "dist");
    return existsSync(path.join(built, "index.html")) ? built : undefined;
  } catch {
    return undefined;
  }
}
