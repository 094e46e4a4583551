import zlib from "node:zlib";
import { type Files, isPassing, type OpenFile } from "../disk/files.js";
import { BrokerError } from "../errors.js";
import type { LogOptions } from "./message-log.js";

/**
 * What the broker knows besides messages (queues, exchanges, bindings, users, policies…): keys with JSON values in
 * one journal. A line is a change: eight hex digits of CRC-32, a blank, JSON. The first line names the format.
 *
 * A change survives `kill -9` when `put` or `delete` returns, and a power loss when `sync` has reported, which the
 * message log asks for before it commits any message; where it throws, nothing has changed. When most lines are outdated
 * the journal is written anew and put in place atomically.
 */
export class Metadata {
  readonly #files: Files;
  readonly #path: string;
  readonly #values: Map<string, unknown>;
  #file: OpenFile;
  #position: number;
  #live = 0;
  #dirty = false;
  #syncing = 0;
  /** Unless it is `whole` the log may know of more than is here. A new directory's is `missing`. */
  readonly state: "whole" | "damaged" | "missing";
  /** Called after each change, with its key. */
  onChange: ((key: string) => void) | undefined;
  #failure: Error | undefined;

  static open(files: Files, path: string, report?: LogOptions["report"]): Metadata {
    const exists = files.exists(path);
    const read = readJournal(path, exists ? files.readAll(path) : Buffer.alloc(0));
    if (read.damaged.length > 0) {
      const kept = `${path}.damaged`;
      files.replace(kept, files.readAll(path));
      for (const offset of read.damaged) {
        report?.(
          "error",
          `${path}: the entry at offset ${offset} is damaged and was skipped (a copy is in ${kept})`,
          {
            code: "LOG_DAMAGED",
            file: path,
            offset,
          },
        );
      }
    }
    const state = read.damaged.length > 0 ? "damaged" : read.begun ? "whole" : "missing";
    return new Metadata(files, path, read.values, state);
  }

  private constructor(files: Files, path: string, values: Map<string, unknown>, state: Metadata["state"]) {
    this.state = state;
    this.#files = files;
    this.#path = path;
    this.#values = values;
    const content = this.#snapshot();
    files.replace(path, content);
    this.#file = files.open(path);
    this.#position = this.#live = content.length;
  }

  get<T>(key: string): T | undefined {
    return this.#values.get(key) as T | undefined;
  }

  /** Keys that begin with `prefix`, each without it, and their values. */
  *entries<T>(prefix: string): IterableIterator<[string, T]> {
    for (const [key, value] of this.#values) {
      if (key.startsWith(prefix)) yield [key.slice(prefix.length), value as T];
    }
  }

  put(key: string, value: unknown): void {
    this.#append({ put: key, value });
    this.#values.set(key, value);
    this.#rewriteIfOutdated();
    this.onChange?.(key);
  }

  delete(key: string): void {
    if (!this.#values.has(key)) return;
    this.#append({ delete: key });
    this.#values.delete(key);
    this.#rewriteIfOutdated();
    this.onChange?.(key);
  }

  sync(done: (error: Error | null) => void): void {
    if (this.#failure) {
      done(this.#failure);
      return;
    }
    if (!this.#dirty) {
      done(null);
      return;
    }
    this.#dirty = false;
    this.#syncing++;
    this.#file.sync((error) => {
      this.#syncing--;
      if (error) this.#failure = error;
      done(error);
    });
  }

  close(): void {
    if (this.#dirty && !this.#failure) this.#file.syncNow();
    this.#file.close();
  }

  #append(change: Change): void {
    if (this.#failure) throw new BrokerError("WRITE_FAILED", undefined, { cause: this.#failure });
    const line = lineOf(change);
    let written = 0;
    try {
      while (written < line.length)
        written += this.#file.writeNow(line, written, line.length - written, this.#position + written);
    } catch (error) {
      throw new BrokerError(
        "WRITE_FAILED",
        `${this.#path} could not be written (${(error as Error).message}): nothing was changed.`,
        { cause: error },
      );
    }
    this.#position += line.length;
    this.#dirty = true;
  }

  /** After the change is among the values: what is written anew is made of these. */
  #rewriteIfOutdated(): void {
    if (this.#syncing > 0 || this.#position <= 2 ** 20 || this.#position <= 4 * this.#live) return;
    const content = this.#snapshot();
    let replaced = false;
    try {
      this.#files.replace(this.#path, content);
      replaced = true;
      const next = this.#files.open(this.#path);
      this.#file.close();
      this.#file = next;
    } catch (error) {
      // The change is written down, and the old journal goes on, unless it is not the one that is there any more.
      if (replaced || !isPassing(error)) this.#failure = error as Error;
      return;
    }
    this.#position = this.#live = content.length;
    this.#dirty = false;
  }

  #snapshot(): Buffer {
    const lines = [lineOf({ format: FORMAT })];
    for (const [key, value] of this.#values) lines.push(lineOf({ put: key, value }));
    return Buffer.concat(lines);
  }
}

type Change =
  | { readonly format: number }
  | { readonly put: string; readonly value: unknown }
  | { readonly delete: string };

const FORMAT = 1;

function lineOf(change: Change): Buffer {
  const json = JSON.stringify(change);
  return Buffer.from(`${zlib.crc32(json).toString(16).padStart(8, "0")} ${json}\n`);
}

interface Journal {
  readonly values: Map<string, unknown>;
  readonly damaged: number[];
  /** Whether its first line is there. */
  readonly begun: boolean;
}

function readJournal(path: string, content: Buffer): Journal {
  const values = new Map<string, unknown>();
  const damaged: number[] = [];
  let begun = false;
  for (let at = 0; at < content.length; ) {
    const end = content.indexOf(10, at);
    const change = end < 0 ? undefined : readLine(content.subarray(at, end));
    if (change === undefined) {
      // A last line without its end is one that a crash tore: nothing relied on it.
      if (end >= 0) damaged.push(at);
    } else if ("put" in change) values.set(change.put, change.value);
    else if ("delete" in change) values.delete(change.delete);
    else if (change.format > FORMAT)
      throw new BrokerError(
        "FORMAT_UNKNOWN",
        `${path} has format ${change.format}: start the newer broker that wrote it, or use another directory.`,
      );
    else begun = true;
    at = end < 0 ? content.length : end + 1;
  }
  return { values, damaged, begun };
}

function readLine(line: Buffer): Change | undefined {
  const json = line.subarray(9);
  if (line.length < 10 || Number.parseInt(line.toString("latin1", 0, 8), 16) !== zlib.crc32(json))
    return undefined;
  return JSON.parse(json.toString("utf8")) as Change;
}
