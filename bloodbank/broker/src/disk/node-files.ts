import fs from "node:fs";
import path from "node:path";
import type { Files, OpenFile } from "./files.js";

/** The disk itself. */
export const nodeFiles: Files = {
  makeFolder,
  list: (folder) => {
    try {
      return fs.readdirSync(folder).sort();
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  },
  exists: (file) => fs.existsSync(file),
  readAll: (file) => fs.readFileSync(file),
  open: (file) => openFile(file),
  createExclusive: (file, content) => fs.writeFileSync(file, content, { flag: "wx" }),
  replace: (file, content) => {
    const next = `${file}.new`;
    // Opened before anything is done, as it may be one file too many.
    const folder = fs.openSync(path.dirname(file), "r");
    try {
      const fd = fs.openSync(next, "w");
      try {
        fs.writeFileSync(fd, content);
        fs.fsyncSync(fd);
      } finally {
        fs.closeSync(fd);
      }
      fs.renameSync(next, file);
      fs.fsyncSync(folder);
    } finally {
      fs.closeSync(folder);
    }
  },
  rename: (from, to) => fs.renameSync(from, to),
  remove: (file) => fs.rmSync(file, { force: true }),
  removeSoon: (file, done) => fs.unlink(file, () => done()),
  syncFolder,
  free: (file) => {
    const { bavail, bsize } = fs.statfsSync(file);
    return bavail * bsize;
  },
};

/**
 * One folder after the other: Node's own recursive `mkdir` never returns where the parent is there and the system says
 * all the same that it is not, as the kernel does in `/proc`.
 */
function makeFolder(folder: string): void {
  if (isFolder(folder)) return;
  const parent = path.dirname(folder);
  if (parent !== folder) makeFolder(parent);
  try {
    fs.mkdirSync(folder);
  } catch (error) {
    // Another process was faster.
    if (!isFolder(folder)) throw error;
  }
}

const isFolder = (folder: string): boolean =>
  fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;

function openFile(file: string): OpenFile {
  const fd = fs.openSync(file, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600);
  return {
    size: () => fs.fstatSync(fd).size,
    read: (target, at, length, position) => fs.readSync(fd, target, at, length, position),
    write: (source, at, length, position, done) => fs.write(fd, source, at, length, position, done),
    writeNow: (source, at, length, position) => fs.writeSync(fd, source, at, length, position),
    sync: (done) => fs.fdatasync(fd, (error) => done(error)),
    syncNow: () => fs.fdatasyncSync(fd),
    truncate: (length) => fs.ftruncateSync(fd, length),
    close: () => fs.closeSync(fd),
  };
}

function syncFolder(folder: string): void {
  const fd = fs.openSync(folder, "r");
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}
