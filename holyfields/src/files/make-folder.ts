import { mkdirSync, statSync } from "node:fs";
import path from "node:path";

/**
 * Makes the folder and those above it, where they are missing, and throws where it cannot.
 *
 * One folder after the other: Node's own recursive `mkdir` never returns where the parent is there and the system says
 * all the same that it is not, as the kernel does in `/proc`.
 */
export function makeFolder(folder: string): void {
  if (isFolder(folder)) return;
  const parent = path.dirname(folder);
  if (parent !== folder) makeFolder(parent);
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process was faster.
    if (!isFolder(folder)) throw error;
  }
}

const isFolder = (folder: string): boolean =>
  statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
