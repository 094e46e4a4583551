/** A store from a backup that is lines: `backup-lines.ts` writes them. */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import type { StoreOptions } from "../contract.js";
import { ThreadedStore } from "../engine/threaded-store.js";
import { StoreError } from "../errors.js";

const GZIP = "\x1f\x8b";
const BRACE = "{";

/** By how the file begins, whatever it is called. An empty one is the backup of an empty store. */
export async function isLines(file: string): Promise<boolean> {
  const start = await startOf(file);
  return start === "" || start === GZIP || start.startsWith(BRACE);
}

async function startOf(file: string): Promise<string> {
  const handle = await open(file, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return buffer.toString("latin1", 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/**
 * Makes a store with the events of the file, in their order, and nothing else.
 *
 * @throws StoreError `STORE_CORRUPT` when the file is cut off, or a line is not what a backup has
 */
export async function fill(options: StoreOptions, file: string): Promise<void> {
  const settings: StoreOptions = { ...options, contracts: false, indexing: false };
  const store = new ThreadedStore(settings);
  try {
    await store.open(settings);
    const { rejected } = await store.fill(await piecesOf(file)).catch((error: unknown) => {
      if (error instanceof StoreError) throw error;
      throw new StoreError("STORE_CORRUPT", `${file} cannot be read to its end: ${(error as Error).message}`);
    });
    const [first] = rejected;
    if (first !== undefined)
      throw new StoreError("STORE_CORRUPT", `${file}, line ${first.line}: ${first.reason}`);
  } finally {
    await store.close();
  }
}

async function piecesOf(file: string): Promise<AsyncIterable<Uint8Array>> {
  const isPacked = (await startOf(file)) === GZIP;
  const bytes = createReadStream(file);
  if (!isPacked) return bytes;
  const plain = createGunzip();
  bytes.on("error", (error) => plain.destroy(error));
  return bytes.pipe(plain);
}
