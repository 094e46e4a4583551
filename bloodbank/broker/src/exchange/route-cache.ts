import type { Route } from "./route.js";

/**
 * Where exchange and routing key led, found by their bytes as they stand in `basic.publish`: no text is made of them. Two
 * places a name, so it is bounded and never grows; whatever changes in the topology makes all of it stale at once.
 */
export class RouteCache {
  readonly #entries: (Entry | undefined)[] = new Array(SIZE);
  #version = 0;

  get(bytes: Buffer, at: number, length: number): Route | undefined {
    const hash = hashOf(bytes, at, length);
    const first = this.#entries[hash & MASK];
    if (first !== undefined && first.hash === hash && this.#holds(first, bytes, at, length))
      return first.route;
    const second = this.#entries[otherPlace(hash)];
    if (second !== undefined && second.hash === hash && this.#holds(second, bytes, at, length))
      return second.route;
    return undefined;
  }

  set(bytes: Buffer, at: number, length: number, route: Route): void {
    const hash = hashOf(bytes, at, length);
    const entry = { hash, name: Buffer.from(bytes.subarray(at, at + length)), route, version: this.#version };
    const place = hash & MASK;
    const taken = this.#entries[place];
    if (taken !== undefined && taken.version === this.#version) this.#entries[otherPlace(hash)] = entry;
    else this.#entries[place] = entry;
  }

  clear(): void {
    this.#version++;
  }

  #holds(entry: Entry, bytes: Buffer, at: number, length: number): boolean {
    const { name } = entry;
    if (entry.version !== this.#version || name.length !== length) return false;
    for (let i = 0; i < length; i++) if (name[i] !== bytes[at + i]) return false;
    return true;
  }
}

interface Entry {
  readonly hash: number;
  readonly name: Buffer;
  readonly route: Route;
  readonly version: number;
}

const SIZE = 65_536;
const MASK = SIZE - 1;

function otherPlace(hash: number): number {
  return (hash >>> 15) & MASK;
}

/** FNV-1a, mixed once more so that all bits depend on all bytes. */
function hashOf(bytes: Buffer, at: number, length: number): number {
  let hash = 0x811c9dc5;
  for (let i = at; i < at + length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x2c1b3c6d) >>> 1;
}
