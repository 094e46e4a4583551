/**
 * The built page's files, read once and kept: there are a few dozen, and all together are smaller than one picture. A
 * page that is built anew meanwhile, with files of other names, changes nothing for whoever has this one open. Each is
 * compressed when it is first asked for. (@fastify/static costs 40 ms of every start.)
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};
/** Compressed already. */
const DENSE = new Set([".png", ".woff2", ".ico"]);

export interface StaticFile {
  readonly type: string;
  readonly bytes: Buffer;
  /** Absent where it would not be smaller. */
  readonly gzipped: Buffer | undefined;
  readonly etag: string;
}

export class StaticFiles {
  readonly #bytes: ReadonlyMap<string, Buffer>;
  readonly #kept = new Map<string, Promise<StaticFile>>();

  /** @throws ENOENT for a folder that is not there, or that is being written anew this very moment */
  constructor(folder: string) {
    this.#bytes = new Map(
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => {
          const file = path.join(parentPath, name);
          return [`/${path.relative(folder, file).split(path.sep).join("/")}`, readFileSync(file)];
        }),
    );
  }

  /** Addresses, with `/` in front. */
  get paths(): readonly string[] {
    return [...this.#bytes.keys()];
  }

  /** One of `paths`. */
  get(address: string): Promise<StaticFile> {
    let file = this.#kept.get(address);
    if (file === undefined) {
      file = compressed(address, this.#bytes.get(address) ?? Buffer.alloc(0));
      this.#kept.set(address, file);
    }
    return file;
  }
}

async function compressed(address: string, bytes: Buffer): Promise<StaticFile> {
  const extension = path.extname(address);
  const gzipped = DENSE.has(extension) ? undefined : await promisify(gzip)(bytes, { level: 9 });
  return {
    type: TYPES[extension] ?? "application/octet-stream",
    bytes,
    gzipped: gzipped !== undefined && gzipped.length < bytes.length ? gzipped : undefined,
    etag: `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`,
  };
}
