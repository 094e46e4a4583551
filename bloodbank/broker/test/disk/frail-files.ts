import type { Files, OpenFile } from "../../src/disk/files.js";

/**
 * A disk in memory with a power switch. What was written is seen at once; what was not synced when the power goes is
 * kept, torn or forgotten, page by page, as `fate` decides. It can also run full, or fail an `fdatasync`.
 */
export class FrailFiles implements Files {
  room = Number.POSITIVE_INFINITY;
  failSync: Error | undefined;
  failFolderSync: Error | undefined;
  folderSyncs = 0;
  readonly #files = new Map<string, Disk>();
  /** Names as they survive a power loss: what a folder sync, or luck, has made durable. */
  #durableNames = new Map<string, Disk>();
  readonly #later: (task: () => void) => void;
  #alive = true;

  constructor(later: (task: () => void) => void = setImmediate) {
    this.#later = later;
  }

  /** The disk as the next start finds it; this one answers nobody any more. */
  losePower(fate: () => "kept" | "torn" | "forgotten"): FrailFiles {
    this.#alive = false;
    const next = new FrailFiles(this.#later);
    for (const [name, disk] of this.#files) {
      const survives = this.#durableNames.get(name) === disk || fate() !== "forgotten";
      if (!survives) continue;
      const content = disk.afterPowerLoss(fate);
      next.#files.set(name, content);
      next.#durableNames.set(name, content);
    }
    return next;
  }

  /** As after `kill -9`: everything written is there. */
  killProcess(): FrailFiles {
    this.#alive = false;
    return this.copy();
  }

  /** What `kill -9` would leave now; this one goes on. */
  copy(): FrailFiles {
    const next = new FrailFiles(this.#later);
    for (const [name, disk] of this.#files) {
      const content = new Disk(Buffer.from(disk.seen));
      next.#files.set(name, content);
      next.#durableNames.set(name, content);
    }
    return next;
  }

  makeFolder(): void {}

  list(path: string): string[] {
    return [...this.#files.keys()]
      .filter((name) => name.startsWith(`${path}/`) && !name.slice(path.length + 1).includes("/"))
      .map((name) => name.slice(path.length + 1))
      .sort();
  }

  exists(path: string): boolean {
    return this.#files.has(path);
  }

  readAll(path: string): Buffer {
    return Buffer.from(this.#get(path).seen);
  }

  open(path: string): OpenFile {
    let disk = this.#files.get(path);
    if (disk === undefined) {
      if (this.room <= 0) throw noRoom();
      disk = new Disk(Buffer.alloc(0));
      this.#files.set(path, disk);
    }
    return this.#opened(disk);
  }

  createExclusive(path: string, content: string): void {
    if (this.#files.has(path)) throw Object.assign(new Error(`EEXIST: ${path}`), { code: "EEXIST" });
    this.#files.set(path, new Disk(Buffer.from(content)));
  }

  replace(path: string, content: Uint8Array): void {
    if (content.length > this.room) throw noRoom();
    const disk = new Disk(Buffer.from(content));
    this.#files.set(path, disk);
    this.#durableNames.set(path, disk);
  }

  rename(from: string, to: string): void {
    const disk = this.#get(from);
    this.#files.delete(from);
    this.#files.set(to, disk);
  }

  remove(path: string): void {
    this.room += this.#files.get(path)?.seen.length ?? 0;
    this.#files.delete(path);
  }

  removeSoon(path: string, done: () => void): void {
    this.remove(path);
    done();
  }

  syncFolder(path: string): void {
    this.folderSyncs++;
    if (this.failFolderSync) throw this.failFolderSync;
    for (const name of [...this.#durableNames.keys()])
      if (name.startsWith(`${path}/`)) this.#durableNames.delete(name);
    for (const [name, disk] of this.#files)
      if (name.startsWith(`${path}/`)) this.#durableNames.set(name, disk);
  }

  free(): number {
    return this.room;
  }

  #get(path: string): Disk {
    const disk = this.#files.get(path);
    if (disk === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: "ENOENT" });
    return disk;
  }

  #opened(disk: Disk): OpenFile {
    const alive = (task: () => void) =>
      this.#later(() => {
        if (this.#alive) task();
      });
    return {
      size: () => disk.seen.length,
      read: (target, at, length, position) => disk.seen.copy(target, at, position, position + length),
      write: (source, at, length, position, done) => {
        alive(() => {
          const fits = Math.min(length, this.room);
          if (fits <= 0) return done(noRoom(), 0);
          this.room -= fits;
          disk.write(source.subarray(at, at + fits), position);
          done(null, fits);
        });
      },
      writeNow: (source, at, length, position) => {
        const fits = Math.min(length, this.room);
        if (fits <= 0) throw noRoom();
        this.room -= fits;
        disk.write(source.subarray(at, at + fits), position);
        return fits;
      },
      sync: (done) => {
        const upTo = disk.unsynced.length;
        alive(() => {
          if (this.failSync) return done(this.failSync);
          disk.sync(upTo);
          done(null);
        });
      },
      syncNow: () => disk.sync(disk.unsynced.length),
      truncate: (length) => {
        disk.seen = disk.seen.subarray(0, length);
        disk.synced = disk.synced.subarray(0, length);
      },
      close: () => undefined,
    };
  }
}

const noRoom = (): Error => Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" });

const PAGE = 512;

class Disk {
  seen: Buffer;
  synced: Buffer;
  unsynced: { readonly position: number; readonly bytes: Buffer }[] = [];

  constructor(content: Buffer) {
    this.seen = content;
    this.synced = Buffer.from(content);
  }

  write(bytes: Uint8Array, position: number): void {
    const copy = Buffer.from(bytes);
    this.seen = written(this.seen, copy, position);
    this.unsynced.push({ position, bytes: copy });
  }

  sync(count: number): void {
    for (const { position, bytes } of this.unsynced.splice(0, count))
      this.synced = written(this.synced, bytes, position);
  }

  /** Each unsynced page has its own fate, so later ones may survive earlier ones, as on real disks. */
  afterPowerLoss(fate: () => "kept" | "torn" | "forgotten"): Disk {
    let content = this.synced;
    for (const { position, bytes } of this.unsynced) {
      for (let at = 0; at < bytes.length; at += PAGE) {
        const page = bytes.subarray(at, at + PAGE);
        const what = fate();
        if (what === "kept") content = written(content, page, position + at);
        else if (what === "torn")
          content = written(content, page.subarray(0, page.length >> 1), position + at);
      }
    }
    return new Disk(Buffer.from(content));
  }
}

function written(content: Buffer, bytes: Buffer, position: number): Buffer {
  const end = position + bytes.length;
  if (end <= content.length) {
    const copy = Buffer.from(content);
    bytes.copy(copy, position);
    return copy;
  }
  const grown = Buffer.alloc(end);
  content.copy(grown);
  bytes.copy(grown, position);
  return grown;
}
