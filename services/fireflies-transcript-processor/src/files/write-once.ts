/**
 * A file that is there whole or not at all, whatever dies meanwhile:
 *
 *   same content there ─▶ left alone
 *   otherwise: temporary file beside it ─▶ fsync ─▶ renamed over ─▶ fsync of the folder
 */
import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";

export interface Written {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  /** When these bytes were written: stays what it was when they were there before. */
  readonly at: Date;
  /** Whether anything was written now. */
  readonly fresh: boolean;
}

export async function writeOnce(file: string, content: string): Promise<Written> {
  const bytes = Buffer.from(content, "utf8");
  const there = await readFile(file).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  const fresh = there === undefined || !there.equals(bytes);
  if (fresh) await replace(file, bytes);
  return {
    path: file,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    bytes: bytes.length,
    at: (await stat(file)).mtime,
    fresh,
  };
}

async function replace(file: string, bytes: Uint8Array): Promise<void> {
  const folder = path.dirname(file);
  await mkdir(folder, { recursive: true });
  // Hidden, so that a note-taking program which watches the vault does not show it.
  const temporary = path.join(folder, `.${randomUUID()}.tmp`);
  try {
    const handle = await open(temporary, "wx");
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

/** Makes the new name durable. Some systems have no such call for folders; there, the name is theirs to keep. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!hasCode(error, "EPERM", "EISDIR", "EINVAL", "EACCES")) throw error;
  }
}

function isMissing(error: unknown): boolean {
  return hasCode(error, "ENOENT");
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}
