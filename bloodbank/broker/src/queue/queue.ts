import type { QueueSettings } from "../arguments/index.js";
import type { MessageMarks } from "../log/compaction.js";
import type { StoredMessage } from "../log/record.js";
import type { RecoveredMessage } from "../log/recovery.js";
import type { Table } from "../wire/table.js";
import type { Consumer } from "./consumer.js";
import { ConsumerRing } from "./consumer-ring.js";
import { Ends } from "./ends.js";
import { Expiry } from "./expiry.js";
import { handleOf, Lanes, numberOf, positionOf } from "./lanes.js";
import { Limits } from "./limits.js";
import { type MessageIndex, NEVER } from "./message-index.js";
import { Portions } from "./portions.js";
import type { Got, QueueHost, QueueIdentity } from "./queue-host.js";

/**
 * One queue: its messages in order, its consumers, and the rules that end a message.
 *
 * A message is ready → taken (by a consumer or a get) → settled, or goes back to ready where it was. What a taken
 * message is called outside is its handle, good until `settle` or `requeue`. Where dead
 * letters go at least once, a message that died stays as well, dying, until `buried`.
 * A queue never delivers by itself: `wake` asks its host for a turn, in which the host calls `dispatch`.
 */
export class Queue {
  readonly id: number;
  readonly vhost: string;
  readonly name: string;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly arguments: Table;
  readonly type: "classic" | "quorum";
  /** The connection that alone may use it. */
  readonly owner: object | undefined;
  readonly consumers = new ConsumerRing();
  readonly limits: Limits;
  settings: QueueSettings;
  /** Set by the host while a turn is due. */
  awake = false;
  deleted = false;
  lastUsed: number;
  readonly counts = { published: 0, delivered: 0, acked: 0, redelivered: 0, got: 0 };

  readonly #host: QueueHost;
  readonly #lanes = new Lanes();
  readonly #ends: Ends;
  readonly #expiry: Expiry;
  readonly #later = new Portions();
  #taken = 0;

  constructor(host: QueueHost, identity: QueueIdentity, settings: QueueSettings) {
    this.#host = host;
    this.#ends = new Ends(this, host, this.#lanes);
    this.#expiry = new Expiry(host.clock, this.#lanes, this.#ends, () => {
      this.wake();
      this.limits.roomMade();
    });
    this.limits = new Limits(this, this.#lanes, this.#ends, this.#expiry);
    this.id = identity.id;
    this.vhost = identity.vhost;
    this.name = identity.name;
    this.durable = identity.durable;
    this.autoDelete = identity.autoDelete;
    this.arguments = identity.arguments;
    this.type = identity.type;
    this.owner = identity.owner;
    this.lastUsed = host.clock.now();
    this.settings = settings;
    this.configure(settings);
  }

  get ready(): number {
    return this.#lanes.ready;
  }

  get readyBytes(): number {
    return this.#lanes.readyBytes;
  }

  /** Whether its persistent messages are in the log. An exclusive queue ends with its connection, whatever it was declared. */
  get stored(): boolean {
    return this.durable && this.owner === undefined;
  }

  get unacked(): number {
    return this.#taken;
  }

  /** Dead, and kept until their dead letters are where they should be. */
  get dying(): number {
    return this.#ends.count;
  }

  /** Again whenever a policy changes. */
  configure(settings: QueueSettings): void {
    this.settings = settings;
    this.consumers.singleActive = settings.singleActiveConsumer;
    // A quorum queue heeds no priorities there.
    this.consumers.byPriority = this.type === "classic";
    this.#lanes.grow(settings.maxPriority);
    this.limits.enforce();
    this.wake();
    this.limits.roomMade();
  }

  /**
   * Whether `overflow: reject-publish` refuses one more, of so many bytes. Consumers that can take some make room first, and
   * so does what has expired.
   */
  refuses(size = 0): boolean {
    if (this.settings.overflow === "drop-head" || !this.limits.isFull(size)) return false;
    if (this.consumers.size > 0) this.#handOut();
    else if (this.#expiry.on) this.#expiry.firstLane();
    return this.limits.isFull(size);
  }

  /** Adds a stored message at the end. `expiration` is the message's own, in milliseconds. */
  publish(ref: number, size: number, priority: number, expiration: number, arrived: number): void {
    const { messageTtl: ttl = NEVER, maxLength, maxLengthBytes } = this.settings;
    const life = Math.min(expiration, ttl);
    const limited = maxLength !== undefined || maxLengthBytes !== undefined;
    const waiting = this.consumers.size > 0;
    const number = Math.min(priority, this.#lanes.highest);
    const lane = this.#lanes.at(number);
    const position = lane.push(ref, size, life === NEVER || life === 0 ? NEVER : arrived + life);
    this.counts.published++;
    // Limits and a life of no time are for messages that no consumer can take at once.
    if (waiting && (limited || life === 0)) this.#handOut();
    // Also where a consumer has it: should that give it back, its time is up.
    if (life === 0 && lane.holds(position)) lane.setExpiry(position, arrived);
    if (life !== NEVER) {
      this.#expiry.on = true;
      if (lane.peek() === position) {
        if (life === 0) this.#expiry.drop(number, 1);
        else this.#expiry.watch();
      }
    }
    if (limited) this.limits.enforce();
    if (waiting && !this.awake) this.wake();
  }

  /** A message that was there before the broker started. */
  restore(message: RecoveredMessage, moved: boolean): void {
    const { ref, bodyLength, arrived, priority, expiration, deliveries, rejected } = message;
    const life = Math.min(this.settings.messageTtl ?? NEVER, expiration);
    const lane = this.#lanes.at(Math.min(priority, this.#lanes.highest));
    const position = lane.push(ref, bodyLength, life === NEVER ? NEVER : arrived + life);
    // What compaction moved was delivered long ago, or nobody knows, unless deliveries are counted.
    if (this.type === "quorum" ? deliveries > 0 : moved) lane.markRedelivered(position);
    if (deliveries > 0) lane.restoreReturns(position, deliveries);
    if (rejected) lane.markRejected(position);
    if (life !== NEVER) this.#expiry.on = true;
  }

  /** Restored messages up to this one may have been delivered before, but for what was `moved`. */
  markRedelivered(upTo: number, moved: (ref: number) => boolean): void {
    this.#lanes.markRedelivered(upTo, moved, this.type === "quorum");
  }

  /** All of them are there. Some may have been dead: rejected, or given back too often. */
  restored(): void {
    if (this.type === "quorum") this.#ends.endRestored();
    this.limits.enforce();
    this.#expiry.watch();
  }

  wake(): void {
    if (this.awake || this.deleted || this.consumers.size === 0) return;
    this.awake = true;
    this.#host.wake(this);
  }

  /** Hands out what can be handed out. Host only. */
  dispatch(): void {
    this.#handOut();
    if (this.#expiry.on) this.#expiry.watch();
  }

  #handOut(): void {
    this.#handOutAll();
    this.limits.roomMade();
  }

  #handOutAll(): void {
    const { store } = this.#host;
    for (;;) {
      const number = this.#expiry.firstLane();
      if (number < 0) return;
      const consumer = this.consumers.next();
      if (consumer === undefined) return;
      const lane = this.#lanes.at(number);
      const position = lane.take();
      const ref = lane.refAt(position);
      const redelivered = lane.isRedelivered(position);
      const message = this.#read(lane, position, ref);
      if (message === undefined) continue;
      this.counts.delivered++;
      if (redelivered) this.counts.redelivered++;
      const returns = redelivered ? lane.returnsAt(position) : 0;
      if (consumer.noAck) {
        consumer.take(-1, message, redelivered, returns);
        lane.remove(position);
        store.release(ref, this.id);
      } else {
        this.#taken++;
        if (ref >= 0) this.#noteDelivery(ref, returns);
        consumer.take(handleOf(number, position), message, redelivered, returns);
      }
    }
  }

  /** `basic.get`: the first message, if there is one. With `noAck` it is settled when the callback returns. */
  get(noAck: boolean, take: (got: Got) => void): boolean {
    this.lastUsed = this.#host.clock.now();
    const first = this.#takeReadable();
    if (first === undefined) return false;
    const { number, lane, position, ref, message } = first;
    const redelivered = lane.isRedelivered(position);
    this.counts.got++;
    const returns = redelivered ? lane.returnsAt(position) : 0;
    take({ handle: handleOf(number, position), message, redelivered, returns, remaining: this.ready });
    if (noAck) {
      lane.remove(position);
      this.#host.store.release(ref, this.id);
    } else {
      this.#taken++;
      if (ref >= 0) this.#noteDelivery(ref, returns);
    }
    if (this.#expiry.on) this.#expiry.watch();
    this.limits.roomMade();
    return true;
  }

  /** The taken message is done with: acknowledged. */
  settle(handle: number): void {
    if (this.deleted) return;
    const lane = this.#lanes.laneOf(handle);
    const position = positionOf(handle);
    const ref = lane.refAt(position);
    this.#taken--;
    this.counts.acked++;
    lane.remove(position);
    this.#host.store.release(ref, this.id);
  }

  /** The taken message goes back to where it was, unless it has come back too often. */
  requeue(handle: number): void {
    if (this.deleted) return;
    const lane = this.#lanes.laneOf(handle);
    const position = positionOf(handle);
    this.#taken--;
    lane.markRedelivered(position);
    if (this.type === "quorum") {
      const returns = lane.countReturn(position);
      if (returns > (this.settings.deliveryLimit ?? NEVER)) {
        this.#ends.end(numberOf(handle), position, "delivery_limit");
        return;
      }
    }
    lane.requeue(position);
    if (lane.expiryAt(position) !== NEVER) this.#expiry.watch();
    this.limits.enforce();
    this.wake();
  }

  /** The taken message was refused for good: dead-lettered where that is configured. */
  reject(handle: number): void {
    if (this.deleted) return;
    this.#taken--;
    this.#ends.end(numberOf(handle), positionOf(handle), "rejected");
  }

  /** A message that was refused because the queue is full, and is in none. */
  bury(ref: number): void {
    this.#ends.bury(ref, "maxlen");
  }

  addConsumer(consumer: Consumer): void {
    this.consumers.add(consumer);
    this.lastUsed = this.#host.clock.now();
    this.wake();
  }

  removeConsumer(consumer: Consumer): void {
    if (!this.consumers.remove(consumer)) return;
    this.lastUsed = this.#host.clock.now();
    this.wake();
    if (this.consumers.size === 0) this.#host.unused(this);
  }

  /** Drops every ready message; returns how many. The queue is empty at once, and lets go of them in portions. */
  purge(): number {
    const purged = this.ready;
    const { store } = this.#host;
    for (let number = 0; number <= this.#lanes.highest; number++) {
      const lane = this.#lanes.at(number);
      const detached = lane.detachReady();
      this.#later.add(() => {
        const position = detached();
        if (position < 0) return false;
        const ref = lane.refAt(position);
        lane.remove(position);
        store.release(ref, this.id);
        return true;
      });
    }
    this.limits.roomMade();
    return purged;
  }

  /** Lets go of everything, in portions; host only, once. */
  destroy(): void {
    this.deleted = true;
    this.#expiry.stop();
    this.limits.stop();
    this.#later.drop();
    const refs = this.#lanes.clear();
    this.#later.add(() => {
      const { value: ref, done } = refs.next();
      if (!done) this.#host.store.forget(ref);
      return !done;
    });
    for (const consumer of [...this.consumers.all()]) {
      this.consumers.remove(consumer);
      consumer.cancelled();
    }
    this.limits.roomMade();
  }

  /** Stops the queue's timer and ends what it does in portions; its messages stay in the log. */
  stop(): void {
    this.#expiry.stop();
    this.limits.stop();
    this.#later.finish();
  }

  eachIn(segments: ReadonlySet<number>, visit: (ref: number) => number): void {
    this.#lanes.eachIn(segments, visit);
  }

  marks(of: ReadonlyMap<number, unknown>): Iterable<MessageMarks> {
    return this.type === "quorum" ? this.#lanes.marks(of) : [];
  }

  /** So that a restart knows of it. */
  #noteDelivery(ref: number, returns: number): void {
    const { log } = this.#host.store;
    if (this.type === "quorum") log.noteCounted(ref, this.id, returns);
    else log.noteDelivered(ref, this.id);
  }

  /** However many of those before it the disk does not give back. */
  #takeReadable() {
    for (;;) {
      const number = this.#expiry.firstLane(NEVER);
      if (number < 0) return undefined;
      const lane = this.#lanes.at(number);
      const position = lane.take();
      const ref = lane.refAt(position);
      const message = this.#read(lane, position, ref);
      if (message !== undefined) return { number, lane, position, ref, message };
    }
  }

  /** A message that the disk does not give back is left there, reported, and stepped over. */
  #read(lane: MessageIndex, position: number, ref: number): StoredMessage | undefined {
    try {
      return this.#host.store.message(ref);
    } catch (error) {
      lane.remove(position);
      this.#host.unreadable(this, error as Error);
      return undefined;
    }
  }

  /** Where the dying message lies. */
  refOf(handle: number): number {
    return this.#lanes.laneOf(handle).refAt(positionOf(handle));
  }

  /** The dying message's dead letters are where they should be. */
  buried(handle: number): void {
    if (this.deleted) return;
    this.#ends.buried(handle);
    this.limits.roomMade();
  }
}
