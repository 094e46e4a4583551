/**
 * All access of the broker to the disk goes through this layer, so that a test can put one in its place that
 * forgets or tears what was not synced, runs full, or fails an `fdatasync`.
 *
 * - What `write` reported is seen by a later process, unless the machine itself dies.
 * - What `sync` reported survives that as well.
 * - `replace` is atomic: after a crash the file holds either the old bytes or the new ones. Where its error `isPassing`, the
 *   old ones.
 * - After a failed `sync` nothing is known about any byte since the last good one; callers must not sync again
 *   and believe the answer.
 */
export interface Files {
  makeFolder(path: string): void;
  /** Names in the folder, sorted; none if it does not exist. */
  list(path: string): string[];
  exists(path: string): boolean;
  readAll(path: string): Buffer;
  /** Opens for reading and writing, making the file if it is missing. */
  open(path: string): OpenFile;
  /** Made if missing, exclusively: throws `EEXIST` otherwise. */
  createExclusive(path: string, content: string): void;
  replace(path: string, content: Uint8Array): void;
  rename(from: string, to: string): void;
  /** No error if it is gone already. */
  remove(path: string): void;
  /** The same without waiting for it, as giving back a large file takes a while. `done` is called whatever came of it. */
  removeSoon(path: string, done: () => void): void;
  /** Makes what was created, renamed and removed in the folder survive a power loss. */
  syncFolder(path: string): void;
  /** Bytes that may still be written on the disk that holds `path`. */
  free(path: string): number;
}

export interface OpenFile {
  size(): number;
  /** Positioned read into `target`; returns how many bytes there were. */
  read(target: Uint8Array, at: number, length: number, position: number): number;
  write(
    source: Uint8Array,
    at: number,
    length: number,
    position: number,
    done: (error: Error | null, written: number) => void,
  ): void;
  writeNow(source: Uint8Array, at: number, length: number, position: number): number;
  sync(done: (error: Error | null) => void): void;
  syncNow(): void;
  truncate(length: number): void;
  close(): void;
}

/** The disk had no room: nothing was written, and it may have some later. */
export function isFull(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOSPC";
}

/** The same for want of room or of file descriptors. */
export function isPassing(error: unknown): boolean {
  const { code = "" } = error as NodeJS.ErrnoException;
  return isFull(error) || code === "EMFILE" || code === "ENFILE";
}
