import {
  assertSameExchange,
  assertSameQueue,
  type ExchangeDeclaration,
  type QueueDeclaration,
  queueSettings,
  validateBinding,
  validateExchange,
  validateQueue,
} from "../arguments/index.js";
import { LONGEST_TIMER } from "../clock.js";
import { exclusiveElsewhere, nameOf, notFound, preconditionFailed } from "../errors.js";
import { type Destination, Exchange, PREDECLARED } from "../exchange/exchange.js";
import { NO_HEADERS } from "../exchange/resolve.js";
import type { Route } from "../exchange/route.js";
import { Routes } from "../exchange/routes.js";
import { Queue } from "../queue/queue.js";
import type { QueueHost } from "../queue/queue-host.js";
import type { Table } from "../wire/table.js";
import type { Core } from "./core.js";
import { DeadLetters } from "./dead-letters.js";
import { LastingDeadLetters } from "./lasting-dead-letters.js";
import { packTable, type StoredBinding, StoredTopology, unpackTable } from "./stored-topology.js";

/**
 * One virtual host: its exchanges, queues and bindings, and what is written down of them. What is durable is in the
 * metadata journal when a method here returns, and where that cannot be written it throws, and nothing has changed; nothing
 * here asks for permissions, which is the business of whoever calls.
 */
export class VirtualHost {
  readonly name: string;
  readonly exchanges = new Map<string, Exchange>();
  readonly queues = new Map<string, Queue>();
  readonly core: Core;
  readonly #stored: StoredTopology;
  readonly #queueHost: QueueHost;
  readonly #routes: Routes;
  readonly #lasting = new LastingDeadLetters(this);
  /** Exclusive queues of each connection. */
  readonly #owned = new Map<object, Set<Queue>>();
  readonly #expiries = new Map<Queue, () => void>();

  constructor(core: Core, name: string) {
    this.core = core;
    this.name = name;
    this.#routes = new Routes(this, name);
    this.#stored = new StoredTopology(core.metadata, name);
    const deadLetters = new DeadLetters(this);
    this.#queueHost = {
      clock: core.clock,
      // Made after the virtual hosts, as the log is read into their queues.
      get store() {
        return core.store;
      },
      wake: (queue) => core.turn.dispatch(queue),
      unused: (queue) => this.#unused(queue),
      unreadable: ({ name: queue }, error) =>
        core.report(
          "error",
          `a message of queue '${queue}' in vhost '${name}' cannot be read: ${error.message}`,
          {
            code: "LOG_UNREADABLE",
          },
        ),
      deadLetter: (queue, ref, reason) => deadLetters.send(queue, ref, reason),
      deadLetterSurely: (queue, handle, reason) => this.#lasting.send(queue, handle, reason),
    };
    for (const [exchange, type, internal] of PREDECLARED)
      this.#addExchange(exchange, type, true, false, internal, NO_ARGUMENTS);
    this.#restore();
  }

  exchange(name: string): Exchange {
    const exchange = this.exchanges.get(name);
    if (exchange === undefined) throw notFound("exchange", name, this.name);
    return exchange;
  }

  /** The queue, unless it is missing (404) or another connection's own (405). */
  queue(name: string, connection?: object): Queue {
    const queue = this.queues.get(name);
    if (queue === undefined) throw notFound("queue", name, this.name);
    if (queue.owner !== undefined && connection !== undefined && queue.owner !== connection)
      throw exclusiveElsewhere(name, this.name);
    return queue;
  }

  /** `serverNamed`: the name was made here, and some types refuse that. */
  declareQueue(declaration: QueueDeclaration, connection: object | undefined, serverNamed = false): Queue {
    const existing = this.queues.get(declaration.name);
    if (existing) {
      const foreign = existing.owner !== undefined && existing.owner !== connection;
      if (foreign || declaration.exclusive !== (existing.owner !== undefined))
        throw exclusiveElsewhere(declaration.name, this.name);
      assertSameQueue({ ...existing, exclusive: existing.owner !== undefined }, declaration);
      existing.lastUsed = this.core.clock.now();
      return existing;
    }
    const type = validateQueue(serverNamed ? { ...declaration, name: "" } : declaration);
    const { name, durable, autoDelete, exclusive, arguments: args } = declaration;
    const stored = durable && !exclusive;
    const id = stored ? this.core.nextQueueId() : 0;
    if (stored) this.#stored.putQueue(name, { id, autoDelete, type, arguments: packTable(args) });
    return this.#addQueue(id, name, durable, autoDelete, type, args, exclusive ? connection : undefined);
  }

  /** Returns how many messages were ready. */
  deleteQueue(
    queue: Queue,
    conditions: { readonly ifUnused?: boolean; readonly ifEmpty?: boolean } = {},
  ): number {
    if (conditions.ifUnused && queue.consumers.size > 0)
      throw preconditionFailed(`${nameOf("queue", queue.name, this.name)} in use`);
    if (conditions.ifEmpty && queue.ready > 0)
      throw preconditionFailed(`${nameOf("queue", queue.name, this.name)} not empty`);
    const { ready } = queue;
    if (queue.stored) this.#stored.deleteQueue(queue.name);
    this.queues.delete(queue.name);
    this.#expiries.get(queue)?.();
    this.#expiries.delete(queue);
    if (queue.owner) this.#owned.get(queue.owner)?.delete(queue);
    this.#unbindFrom(queue);
    this.#changed();
    queue.destroy();
    this.#lasting.forget(queue);
    return ready;
  }

  /** The connection is gone, and with it its exclusive queues. */
  disown(connection: object): void {
    for (const queue of this.#owned.get(connection) ?? []) this.deleteQueue(queue);
    this.#owned.delete(connection);
  }

  declareExchange(declaration: ExchangeDeclaration): Exchange {
    const existing = this.exchanges.get(declaration.name);
    if (existing) {
      assertSameExchange(existing, declaration);
      return existing;
    }
    const type = validateExchange(declaration);
    const { name, durable, autoDelete, internal, arguments: args } = declaration;
    if (durable) this.#stored.putExchange(name, { type, autoDelete, internal, arguments: packTable(args) });
    return this.#addExchange(name, type, durable, autoDelete, internal, args);
  }

  deleteExchange(name: string, ifUnused = false): void {
    const exchange = this.exchanges.get(name);
    if (exchange === undefined) return;
    if (ifUnused && exchange.router.size > 0)
      throw preconditionFailed(`${nameOf("exchange", name, this.name)} in use`);
    if (exchange.durable) this.#stored.deleteExchange(name);
    this.exchanges.delete(name);
    for (const binding of exchange.router.bindings())
      this.#byItself(`a binding from exchange '${name}'`, () =>
        this.#forgetBinding(exchange, binding.destination, binding.key, binding.arguments),
      );
    this.#unbindFrom(exchange);
    this.#changed();
  }

  bind(source: Exchange, destination: Destination, key: string, args: Table): void {
    validateBinding(source.type, args);
    if (!source.router.bind(key, args, destination)) return;
    try {
      if (source.durable && isStored(destination))
        this.#stored.putBinding(storedBinding(source, destination, key, args));
    } catch (error) {
      source.router.unbind(key, args, destination);
      throw error;
    }
    this.#changed();
  }

  unbind(source: Exchange, destination: Destination, key: string, args: Table): void {
    if (!source.router.unbind(key, args, destination)) return;
    try {
      this.#forgetBinding(source, destination, key, args);
    } catch (error) {
      source.router.bind(key, args, destination);
      throw error;
    }
    this.#changed();
    this.#endUnbound(source);
  }

  /** Where a message goes, by exchange and routing key as `basic.publish` has them: two short strings. */
  route(names: Buffer, at: number, length: number): Route {
    return this.#routes.find(names, at, length);
  }

  /** By several keys, or headers to look at. Throws 404 for an exchange that is not there. */
  resolve(exchangeName: string, routingKeys: readonly string[], headers = NO_HEADERS): Route {
    return this.#routes.resolve(exchangeName, routingKeys, headers);
  }

  /** A policy changed. */
  applyPolicies(): void {
    for (const exchange of this.exchanges.values())
      exchange.configure(this.core.policies.effective(this.name, exchange.name, "exchange").definition);
    for (const queue of this.queues.values()) {
      queue.configure(this.#settingsOf(queue.name, queue.type, queue.arguments));
      this.#watchExpiry(queue);
    }
    this.#changed();
  }

  /** Everything in it is deleted, also on disk. */
  destroy(): void {
    for (const queue of [...this.queues.values()]) this.deleteQueue(queue);
    for (const name of [...this.exchanges.keys()]) this.deleteExchange(name);
  }

  /** Timers stop; what is durable stays. */
  stop(): void {
    this.#lasting.stop();
    for (const cancel of this.#expiries.values()) cancel();
    for (const queue of this.queues.values()) queue.stop();
  }

  #changed(): void {
    this.#routes.clear();
    this.#lasting.topologyChanged();
  }

  #restore(): void {
    for (const [name, { type, autoDelete, internal, arguments: args }] of this.#stored.exchanges())
      this.#addExchange(name, type, true, autoDelete, internal, unpackTable(args));
    for (const [name, { id, autoDelete, type, arguments: args }] of this.#stored.queues())
      this.#addQueue(id, name, true, autoDelete, type, unpackTable(args), undefined);
    for (const [, binding] of this.#stored.bindings()) {
      const from = this.exchanges.get(binding.source);
      const to = (binding.kind === "queue" ? this.queues : this.exchanges).get(binding.destination);
      if (from && to) from.router.bind(binding.key, unpackTable(binding.arguments), to);
      else this.#stored.deleteBinding(binding);
    }
  }

  #addQueue(
    id: number,
    name: string,
    durable: boolean,
    autoDelete: boolean,
    type: "classic" | "quorum",
    args: Table,
    owner: object | undefined,
  ): Queue {
    const identity = { id, vhost: this.name, name, durable, autoDelete, type, arguments: args, owner };
    const queue = new Queue(this.#queueHost, identity, this.#settingsOf(name, type, args));
    this.queues.set(name, queue);
    if (owner) {
      const owned = this.#owned.get(owner) ?? new Set();
      this.#owned.set(owner, owned.add(queue));
    }
    this.#watchExpiry(queue);
    this.#changed();
    return queue;
  }

  #addExchange(
    name: string,
    type: Exchange["type"],
    durable: boolean,
    autoDelete: boolean,
    internal: boolean,
    args: Table,
  ): Exchange {
    const identity = { vhost: this.name, name, type, durable, autoDelete, internal, arguments: args };
    const exchange = new Exchange(
      identity,
      this.core.policies.effective(this.name, name, "exchange").definition,
    );
    this.exchanges.set(name, exchange);
    this.#changed();
    return exchange;
  }

  #settingsOf(name: string, type: "classic" | "quorum", args: Table) {
    return queueSettings(type, args, this.core.policies.effective(this.name, name, type).definition);
  }

  /** Removes every binding that leads to something that is being deleted. */
  #unbindFrom(destination: Destination): void {
    for (const exchange of [...this.exchanges.values()]) {
      const removed = exchange.router.unbindAll(destination);
      for (const { key, arguments: args } of removed)
        this.#byItself(`a binding to '${destination.name}'`, () =>
          this.#forgetBinding(exchange, destination, key, args),
        );
      if (removed.length > 0) this.#endUnbound(exchange);
    }
  }

  #endUnbound(exchange: Exchange): void {
    if (exchange.autoDelete && exchange.router.size === 0)
      this.#byItself(`exchange '${exchange.name}'`, () => this.deleteExchange(exchange.name));
  }

  /**
   * What nobody asked for just now: nobody could be told that the disk does not take it. A queue or an exchange stays then; a
   * binding of what is gone is dropped by the next start.
   */
  #byItself(what: string, deletion: () => unknown): void {
    try {
      deletion();
    } catch (error) {
      this.core.report(
        "error",
        `${what} in vhost '${this.name}' could not be deleted: ${(error as Error).message}`,
      );
    }
  }

  #forgetBinding(source: Exchange, destination: Destination, key: string, args: Table): void {
    if (source.durable && isStored(destination))
      this.#stored.deleteBinding(storedBinding(source, destination, key, args));
  }

  #unused(queue: Queue): void {
    if (queue.autoDelete && !queue.deleted)
      this.#byItself(`queue '${queue.name}'`, () => this.deleteQueue(queue));
  }

  /** `x-expires`: deleted when nobody consumed, declared or got from it for so long. One timer, moved on when it finds use. */
  #watchExpiry(queue: Queue): void {
    this.#expiries.get(queue)?.();
    this.#expiries.delete(queue);
    const { expires } = queue.settings;
    if (expires === undefined) return;
    const { clock } = this.core;
    const wait = (ms: number): void => {
      this.#expiries.set(
        queue,
        clock.after(Math.min(ms, LONGEST_TIMER), () => {
          const left = queue.consumers.size > 0 ? expires : queue.lastUsed + expires - clock.now();
          if (left > 0) wait(left);
          else {
            this.#byItself(`queue '${queue.name}'`, () => this.deleteQueue(queue));
            if (!queue.deleted) wait(expires);
          }
        }),
      );
    };
    wait(expires);
  }
}

const NO_ARGUMENTS: Table = new Map();

function isStored(destination: Destination): boolean {
  return destination instanceof Queue ? destination.stored : destination.durable;
}

function storedBinding(source: Exchange, destination: Destination, key: string, args: Table): StoredBinding {
  return {
    source: source.name,
    kind: destination instanceof Queue ? "queue" : "exchange",
    destination: destination.name,
    key,
    arguments: packTable(args),
  };
}
