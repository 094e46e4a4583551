/**
 * A backup as lines: replays and checkpoints, then the events as in an export, and what retention left of the others. It is
 * what PostgreSQL gives, beside its own tools. Compressed when the name ends in `.gz`.
 */
import { once } from "node:events";
import { createWriteStream, existsSync, rmSync, statSync } from "node:fs";
import { finished } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { StoreError } from "../errors.js";
import { settle } from "./archive.js";
import type { Backup } from "./contract.js";
import { type Chunk, piecesOf } from "./export-chunks.js";

/** @param beside the lines that stand before those of the events */
export async function backupLines(
  beside: Uint8Array,
  position: number,
  chunk: Chunk,
  file: string,
): Promise<Backup> {
  if (existsSync(file)) throw new StoreError("FILE_EXISTS", `${file} exists; choose another name.`);
  const began = performance.now();
  const partial = `${file}.partial`;
  const output = createWriteStream(partial);
  const done = finished(output);
  done.catch(() => undefined);
  const gzip = file.endsWith(".gz") ? createGzip() : undefined;
  gzip?.pipe(output);
  const target = gzip ?? output;
  const write = async (bytes: Uint8Array) => {
    if (!target.write(bytes)) await Promise.race([once(target, "drain"), done]);
  };
  let events = 0;
  try {
    await write(beside);
    for await (const piece of piecesOf(chunk)) {
      events += piece.events;
      await write(piece.bytes);
    }
    target.end();
    await done;
    await settle(partial, file);
  } catch (error) {
    output.destroy();
    rmSync(partial, { force: true });
    throw error;
  }
  return { file, position, events, bytes: statSync(file).size, seconds: (performance.now() - began) / 1_000 };
}
