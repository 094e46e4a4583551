import { isUtf8 } from "node:buffer";
import { frameError, notFound } from "../errors.js";
import { Queue } from "../queue/queue.js";
import { utf8 } from "../wire/methods.js";
import type { Table } from "../wire/table.js";
import type { Destination, Exchange } from "./exchange.js";
import { NO_HEADERS, resolve, type Topology } from "./resolve.js";
import { makeRoute, type Route } from "./route.js";
import { hashOf, RouteCache } from "./route-cache.js";
import { SharedRoutes } from "./shared-routes.js";

/**
 * Where the messages of a virtual host go. A name that was seen lately is found by its bytes; one that was not is still
 * routed without a text being made of it, where its exchange alone decides.
 */
export class Routes {
  readonly #topology: Topology;
  readonly #vhost: string;
  readonly #cache = new RouteCache();
  readonly #shared = new SharedRoutes();
  #lastName: Buffer = Buffer.alloc(0);
  #lastExchange: Exchange | undefined;

  constructor(topology: Topology, vhost: string) {
    this.#topology = topology;
    this.#vhost = vhost;
  }

  /** By exchange and routing key as `basic.publish` has them: two short strings. */
  find(names: Buffer, at: number, length: number): Route {
    const hash = hashOf(names, at, length);
    const known = this.#cache.get(hash, names, at, length);
    if (known !== undefined) return known;
    const route = this.#route(names, at, at + length);
    if (route.cacheable) this.#cache.set(hash, names, at, length, route);
    return route;
  }

  /** Not cached: several keys, or headers to look at. Throws 404 for an exchange that is not there. */
  resolve(exchangeName: string, routingKeys: readonly string[], headers: () => Table): Route {
    if (exchangeName === "") {
      const queues = new Set(routingKeys.flatMap((name) => this.#topology.queues.get(name) ?? []));
      return this.#shared.of(undefined, [...queues]);
    }
    const exchange = this.#exchange(exchangeName);
    const { queues, byHeaders } = resolve(this.#topology, exchange, routingKeys, headers);
    return byHeaders ? makeRoute(exchange, queues, false) : this.#shared.of(exchange, queues);
  }

  /** An exchange, a queue, a binding or a policy changed. */
  clear(): void {
    this.#cache.clear();
    this.#shared.clear();
    this.#lastExchange = undefined;
  }

  #route(names: Buffer, at: number, end: number): Route {
    const keyAt = at + 1 + names[at]!;
    assertUtf8(names, keyAt + 1, end);
    if (names[at] === 0) return this.resolve("", [utf8(names, keyAt + 1, end)], NO_HEADERS);
    const exchange = this.#exchangeOf(names, at + 1, keyAt);
    if (!exchange.router.readsHeaders) {
      const found = exchange.router.routeBytes(names, keyAt + 1, end);
      if (found.length > 0 ? areQueues(found) : exchange.alternate === undefined)
        return this.#shared.of(exchange, found as readonly Queue[]);
    }
    return this.resolve(exchange.name, [utf8(names, keyAt + 1, end)], NO_HEADERS);
  }

  /** Nearly always the one that the message before went to. */
  #exchangeOf(names: Buffer, from: number, to: number): Exchange {
    const last = this.#lastName;
    if (this.#lastExchange !== undefined && last.length === to - from) {
      let i = 0;
      while (i < last.length && last[i] === names[from + i]) i++;
      if (i === last.length) return this.#lastExchange;
    }
    this.#lastExchange = this.#exchange(utf8(names, from, to));
    this.#lastName = Buffer.from(names.subarray(from, to));
    return this.#lastExchange;
  }

  #exchange(name: string): Exchange {
    const exchange = this.#topology.exchanges.get(name);
    if (exchange === undefined) throw notFound("exchange", name, this.#vhost);
    return exchange;
  }
}

function areQueues(destinations: readonly Destination[]): boolean {
  for (let i = 0; i < destinations.length; i++) if (!(destinations[i] instanceof Queue)) return false;
  return true;
}

/** As `utf8` refuses it; what is ASCII needs no second look. */
function assertUtf8(bytes: Buffer, from: number, to: number): void {
  let seen = 0;
  for (let i = from; i < to; i++) seen |= bytes[i]!;
  if (seen > 127 && !isUtf8(bytes.subarray(from, to))) throw frameError("Malformed UTF-8 in shortstr");
}
