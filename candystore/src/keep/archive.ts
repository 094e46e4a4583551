/** Files that outlive what they hold in the store: written under another name, synced, then named. */
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { open, rename } from "node:fs/promises";
import path from "node:path";
import { finished } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { makeFolder } from "@33god/holyfields/folders";

/** Compresses the lines into `<folder>/<name>.ndjson.gz`. When it resolves the file is on the disk, whole. */
export async function writeArchive(
  folder: string,
  name: string,
  lines: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<string> {
  makeFolder(folder);
  const file = path.join(folder, `${name}.ndjson.gz`);
  const partial = `${file}.partial`;
  const gzip = createGzip({ level: 6 });
  const output = createWriteStream(partial);
  gzip.pipe(output);
  const done = finished(output);
  done.catch(() => undefined);
  for await (const line of lines) if (!gzip.write(line)) await Promise.race([once(gzip, "drain"), done]);
  gzip.end();
  await done;
  await settle(partial, file);
  return file;
}

/** Syncs the file, gives it its name, and syncs the folder that knows the name. */
export async function settle(partial: string, file: string): Promise<void> {
  await sync(partial);
  await rename(partial, file);
  await sync(path.dirname(file));
}

async function sync(name: string): Promise<void> {
  const handle = await open(name, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
