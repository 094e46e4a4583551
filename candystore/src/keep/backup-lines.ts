/** A backup as lines of an export: what PostgreSQL gives, beside its own tools. Compressed when the name ends in `.gz`. */
import { once } from "node:events";
import { createWriteStream, existsSync, statSync } from "node:fs";
import { finished } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { EventStore } from "../contract.js";
import { StoreError } from "../errors.js";
import { settle } from "./archive.js";
import type { Backup } from "./contract.js";

export async function backupLines(store: EventStore, file: string): Promise<Backup> {
  if (existsSync(file)) throw new StoreError("FILE_EXISTS", `${file} exists; choose another name.`);
  const began = performance.now();
  const position = await store.position();
  const partial = `${file}.partial`;
  const output = createWriteStream(partial);
  const done = finished(output);
  done.catch(() => undefined);
  const gzip = file.endsWith(".gz") ? createGzip() : undefined;
  gzip?.pipe(output);
  const target = gzip ?? output;
  let events = 0;
  for await (const bytes of store.export({ to_position: position }, "ndjson")) {
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) events++;
    if (!target.write(bytes)) await Promise.race([once(target, "drain"), done]);
  }
  target.end();
  await done;
  await settle(partial, file);
  return { file, position, events, bytes: statSync(file).size, seconds: (performance.now() - began) / 1_000 };
}
