import { renameSync, writeFileSync } from "node:fs";

/** Writes a file whole or not at all, on disk when this returns, for this user alone. Its folder must be there. */
export function writeWhole(file: string, text: string): void {
  const next = `${file}.${process.pid}`;
  writeFileSync(next, text, { mode: 0o600, flush: true });
  renameSync(next, file);
}
