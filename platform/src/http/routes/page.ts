/** The page at `/`: Candybar's built files, and its index for every address that only the page knows. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { ApiContext } from "../context.js";
import { Problem } from "../problem.js";

/** Addresses that are never the page's, whoever asks for them. */
const NOT_PAGES = /^\/(api|assets|schemas|registry|webhooks|health|metrics|docs|openapi\.json)(\/|$)/;

export async function pageRoutes(server: FastifyInstance, { log }: ApiContext): Promise<void> {
  const folder = pageFolder();
  const index = folder && readIndex(folder);
  const sendIndex = (reply: FastifyReply, text: string) =>
    reply.type("text/html; charset=utf-8").header("cache-control", "no-cache").serializer(String).send(text);

  server.setNotFoundHandler((request, reply) => {
    const address = request.url.split("?")[0] ?? "";
    // Reached only by who may look, or where there are no tokens.
    const wantsPage = request.method === "GET" && (request.headers.accept ?? "").includes("text/html");
    if (index !== undefined && wantsPage && !NOT_PAGES.test(address)) return sendIndex(reply, index);
    throw new Problem("NOT_FOUND", `${request.method} ${address} is no address of this API.`);
  });
  if (folder === undefined || index === undefined) {
    log("warn", "the page is not built: `npm run build` builds it");
    return;
  }
  server.get("/", { schema: { hide: true } }, async (_request, reply) => sendIndex(reply, index));
  await server.register(fastifyStatic, {
    root: folder,
    index: false,
    schemaHide: true,
    cacheControl: false,
    // Names in assets/ hold their content's hash; nothing else may be kept.
    setHeaders: (reply, file) => {
      const hashed = file.includes(`${path.sep}assets${path.sep}`);
      reply.header("cache-control", hashed ? "public, max-age=31536000, immutable" : "no-cache");
    },
  });
}

/** Beside this package's own files where it was packed with them, else the workspace's build. */
function pageFolder(): string | undefined {
  const packed = fileURLToPath(new URL("../../../page", import.meta.url));
  if (readIndex(packed) !== undefined) return packed;
  try {
    const manifest = createRequire(import.meta.url).resolve("@33god/candybar/package.json");
    return path.join(path.dirname(manifest), "dist");
  } catch {
    return undefined;
  }
}

function readIndex(folder: string): string | undefined {
  try {
    return readFileSync(path.join(folder, "index.html"), "utf8");
  } catch {
    return undefined;
  }
}
