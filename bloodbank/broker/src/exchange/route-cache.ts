import type { Route } from "./route.js";

/**
 * Where exchange and routing key led, found by their bytes as they stand in `basic.publish`: no text is made of them, and
 * nothing is allocated for them. Names lie one after the other in one buffer, and many of them share a route, so that ten
 * thousand keys touch little more memory than one. Two places a name, so it is bounded and never grows; whatever changes
 * in the topology makes all of it stale at once.
 */
export class RouteCache {
  /** A place is four numbers: hash, where its name begins, which route; the fourth is free. */
  readonly #places = new Int32Array(PLACES * 4);
  readonly #names = Buffer.allocUnsafeSlow(NAME_BYTES);
  readonly #ids = new Map<Route, number>();
  readonly #routes: Route[] = [];
  /** Where the next name goes. From 1: no name begins at 0, which is how an empty place reads. */
  #end = 1;
  /** Names before this are stale. */
  #since = 1;

  get(hash: number, bytes: Buffer, at: number, length: number): Route | undefined {
    const first = placeOf(hash);
    if (this.#holds(first, hash, bytes, at, length)) return this.#routes[this.#places[first + 2]!];
    const second = otherPlaceOf(hash);
    if (this.#holds(second, hash, bytes, at, length)) return this.#routes[this.#places[second + 2]!];
    return undefined;
  }

  set(hash: number, bytes: Buffer, at: number, length: number, route: Route): void {
    if (this.#end + length > NAME_BYTES) this.#startAnew();
    let place = placeOf(hash);
    if (this.#places[place + 1]! >= this.#since) place = otherPlaceOf(hash);
    this.#places[place] = hash;
    this.#places[place + 1] = this.#end;
    this.#places[place + 2] = this.#idOf(route);
    for (let i = 0; i < length; i++) this.#names[this.#end + i] = bytes[at + i]!;
    this.#end += length;
  }

  clear(): void {
    if (this.#since === this.#end) return;
    this.#since = this.#end;
    this.#ids.clear();
    this.#routes.length = 0;
  }

  /** Both names begin with their length, and so one cannot be the beginning of another. */
  #holds(place: number, hash: number, bytes: Buffer, at: number, length: number): boolean {
    const name = this.#places[place + 1]!;
    if (this.#places[place] !== hash || name < this.#since) return false;
    for (let i = 0; i < length; i++) if (this.#names[name + i] !== bytes[at + i]) return false;
    return true;
  }

  #idOf(route: Route): number {
    let id = this.#ids.get(route);
    if (id === undefined) {
      id = this.#routes.push(route) - 1;
      this.#ids.set(route, id);
    }
    return id;
  }

  #startAnew(): void {
    this.clear();
    this.#places.fill(0);
    this.#end = this.#since = 1;
  }
}

const PLACES = 65_536;
/** As many names as there are places, at 64 bytes each. */
const NAME_BYTES = 4 * 2 ** 20;

function placeOf(hash: number): number {
  return (hash & (PLACES - 1)) << 2;
}

function otherPlaceOf(hash: number): number {
  return (hash >>> 16) << 2;
}

/** Four bytes a step; each step is folded, as the high bits of a product would not reach the low ones otherwise. */
export function hashOf(bytes: Buffer, at: number, length: number): number {
  let hash = length;
  let i = at;
  for (const whole = at + (length & ~3); i < whole; i += 4) {
    const four = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    hash = Math.imul(hash ^ four, 0x2c1b3c6d);
    hash ^= hash >>> 15;
  }
  for (const end = at + length; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x297a2d39);
  return hash ^ (hash >>> 15);
}
