/**
 * Carries messages to the broker until each is settled, whatever happens to the connection meanwhile: what is not
 * confirmed is held here and sent again on each new connection.
 *
 *   entered ─ no room ─▶ waiting ─▶ held ─ connected ─▶ in flight ─▶ confirmed | refused
 *                                     ▲                     │
 *                                     └─ connection lost ───┘            (overdue, from anywhere: timed out)
 *
 * When the broker closes the channel, one of the messages in flight is to blame and the broker does not say which.
 * They are sent again one at a time: the one on which the channel closes again is rejected, the others go on. So is one
 * alone that met no exchange, where the next connection declares it again.
 */
import { withSafeCallbacks } from "../callbacks.js";
import type { BusAddress } from "../contract.js";
import { BloodbankError, PublishRejected, PublishTimeout } from "../errors.js";
import { ConfirmChannel } from "../link/confirm-channel.js";
import { Link, type StartOptions } from "../link/link.js";
import type { WireClient } from "../link/wire-client.js";
import { refuseOutside } from "../settings.js";
import { declareQueue } from "../topology/declare.js";
import { type Entry, idOf, nameOf } from "./entry.js";
import { PendingBuffer } from "./pending.js";

/** Milliseconds between two looks for what waits too long. */
const SWEEP_EVERY = 100;

export interface SenderSettings {
  /** Messages held until their confirm; further ones wait. 10,000 by default. */
  readonly maxPending?: number;
  /** Their bodies' bytes together; 64 MiB by default. */
  readonly maxPendingBytes?: number;
}

export class Sender {
  readonly #bus: BusAddress;
  readonly #setUpFirst: ((client: WireClient) => Promise<void>) | undefined;
  readonly #link: Link;
  readonly #pending: PendingBuffer;
  readonly #declaring = new Map<string, Promise<void>>();
  #channel: ConfirmChannel | undefined;
  #client: WireClient | undefined;
  /** In flight when the broker closed the channel; the oldest goes first, alone. */
  #suspects: Entry[] = [];
  #blocked = false;
  #closing: Promise<void> | undefined;
  #sweep: NodeJS.Timeout | undefined;
  #drained: (() => void) | undefined;

  /** `setUpFirst` declares what is needed, on each new connection, before anything is sent. */
  constructor(
    bus: BusAddress,
    role: string,
    settings: SenderSettings,
    setUpFirst?: (client: WireClient) => Promise<void>,
  ) {
    refuseOutside("maxPending", settings.maxPending, 1, Number.POSITIVE_INFINITY);
    refuseOutside("maxPendingBytes", settings.maxPendingBytes, 1, Number.POSITIVE_INFINITY);
    this.#bus = withSafeCallbacks(bus);
    this.#setUpFirst = setUpFirst;
    this.#pending = new PendingBuffer({
      events: settings.maxPending ?? 10_000,
      bytes: settings.maxPendingBytes ?? 64 * 1024 * 1024,
    });
    this.#link = new Link(this.#bus, `${bus.source.app} ${role}`, {
      setUp: (client) => this.#setUp(client),
      down: (reason) => this.#down(reason),
    });
  }

  get connected(): boolean {
    return this.#link.up;
  }

  /** Whether messages may be entered. */
  get open(): boolean {
    return this.#closing === undefined && this.#link.started;
  }

  /** Entered and not yet settled. */
  get pending(): number {
    return this.#pending.size;
  }

  async start(options: StartOptions = {}): Promise<void> {
    await this.#link.start(options);
  }

  /** Takes nothing more, waits until all is settled, and disconnects. */
  close(): Promise<void> {
    this.#closing ??= this.#drain();
    return this.#closing;
  }

  async #drain(): Promise<void> {
    if (this.#link.started && this.#pending.size > 0)
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    clearInterval(this.#sweep);
    await this.#link.close();
    // What was entered while a start was tried that failed.
    for (const entry of this.#pending.overdue(Number.POSITIVE_INFINITY))
      entry.fail(
        new BloodbankError(
          "NOT_STARTED",
          `${nameOf(entry.message)} ${idOf(entry.message)} was not sent: no broker answered before close().`,
        ),
      );
  }

  /** It is told its outcome exactly once. */
  enter(entry: Entry): void {
    entry.onSettled = this.#settle;
    this.#sweep ??= setInterval(() => this.#rejectOverdue(), SWEEP_EVERY).unref();
    if (this.#pending.add(entry)) this.#send(entry);
  }

  /** Makes a durable queue where it is missing; one declaration however many wait for it. */
  declareQueue(queue: string): Promise<void> {
    const client = this.#client;
    if (client === undefined) return Promise.resolve();
    let declaring = this.#declaring.get(queue);
    if (declaring === undefined) {
      declaring = declareQueue(client, queue, this.#bus.queueType).finally(() =>
        this.#declaring.delete(queue),
      );
      this.#declaring.set(queue, declaring);
    }
    return declaring;
  }

  #send(entry: Entry): void {
    if (this.#channel === undefined || this.#blocked || entry.inFlight || entry.settled) return;
    if (this.#suspects.length > 0 && this.#suspects[0] !== entry) return;
    entry.inFlight = true;
    entry.everSent = true;
    try {
      this.#channel.launch(entry);
    } catch (error) {
      entry.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #sendAll(): void {
    for (const entry of this.#suspects.length > 0 ? this.#suspects.slice(0, 1) : this.#pending.held())
      this.#send(entry);
  }

  /** Called by an entry that was settled, before it tells. */
  readonly #settle = (entry: Entry): void => {
    const admitted = this.#pending.remove(entry);
    if (this.#suspects.length > 0) {
      this.#suspects = this.#suspects.filter(({ settled }) => !settled);
      this.#sendAll();
    } else for (const next of admitted) this.#send(next);
    if (this.#pending.size === 0) this.#drained?.();
  };

  /** For as long as something is pending: an idle publisher wakes nobody. */
  #rejectOverdue(): void {
    if (this.#pending.size === 0) {
      clearInterval(this.#sweep);
      this.#sweep = undefined;
      return;
    }
    for (const entry of this.#pending.overdue(Date.now()))
      entry.fail(
        new PublishTimeout(idOf(entry.message), nameOf(entry.message), entry.deadline, entry.everSent),
      );
  }

  async #setUp(client: WireClient): Promise<void> {
    await this.#setUpFirst?.(client);
    const channel = await ConfirmChannel.open(client, (reason) => this.#channelClosed(reason));
    this.#blocked = false;
    client.onblocked = (reason) => {
      this.#blocked = true;
      this.#bus.log?.("warn", `the broker blocks publishers: ${reason}`);
    };
    client.onunblocked = () => {
      this.#blocked = false;
      this.#sendAll();
    };
    this.#client = client;
    this.#channel = channel;
    this.#sendAll();
  }

  #channelClosed(reason: Error): void {
    // Where the connection went with it, no message is to blame.
    if (/^channel \d+ closed: .*\(\d{3}\)$/s.test(reason.message)) {
      const flying = this.#pending.held().filter(({ inFlight }) => inFlight);
      const [only] = flying;
      if (only !== undefined && flying.length === 1 && !this.#mayFindItsExchange(only, reason)) {
        this.#channel = undefined;
        only.fail(new PublishRejected(idOf(only.message), nameOf(only.message), reason));
      } else this.#suspects = flying;
    }
    this.#link.fail(reason);
  }

  /** Once: somebody deleted it, or the broker forgot it. */
  #mayFindItsExchange(entry: Entry, reason: Error): boolean {
    return (
      this.#setUpFirst !== undefined && / \(404\)$/.test(reason.message) && !this.#suspects.includes(entry)
    );
  }

  #down(reason: Error): void {
    const channel = this.#channel;
    this.#channel = undefined;
    this.#client = undefined;
    channel?.lose(reason);
    for (const entry of this.#pending.held()) entry.inFlight = false;
  }
}
