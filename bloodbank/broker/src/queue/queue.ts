import type { QueueSettings } from "../arguments/index.js";
import type { DeathReason } from "../dead-letter/index.js";
import type { StoredMessage } from "../log/record.js";
import type { Table } from "../wire/table.js";
import type { Consumer } from "./consumer.js";
import { ConsumerRing } from "./consumer-ring.js";
import { HeadTimer } from "./head-timer.js";
import { MessageIndex, NEVER } from "./message-index.js";
import { Portions } from "./portions.js";
import type { Got, QueueHost, QueueIdentity } from "./queue-host.js";

/**
 * One queue: its messages in order, its consumers, and the rules that end a message.
 *
 * A message is ready → taken (by a consumer or a get) → settled, or goes back to ready where it was. What a taken
 * message is called outside is its handle, `position * 256 + priority`, good until `settle` or `requeue`. Where dead
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
  settings: QueueSettings;
  /** Set by the host while a turn is due. */
  awake = false;
  deleted = false;
  lastUsed: number;
  readonly counts = { published: 0, delivered: 0, acked: 0, redelivered: 0, got: 0 };

  readonly #host: QueueHost;
  readonly #lanes: MessageIndex[] = [new MessageIndex()];
  readonly #timer: HeadTimer;
  readonly #later = new Portions();
  /** Some message expires: heads are looked at. */
  #expiring = false;
  #taken = 0;
  #dying = 0;
  #dyingBytes = 0;
  #enforcing = false;
  /** Deleted, or the broker stops. */
  #stopped = false;
  #whenRoom: (() => void) | undefined;

  constructor(host: QueueHost, identity: QueueIdentity, settings: QueueSettings) {
    this.#host = host;
    this.#timer = new HeadTimer(host.clock, () => this.#expire());
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
    let ready = 0;
    for (let i = 0; i < this.#lanes.length; i++) ready += this.#lanes[i]!.ready;
    return ready;
  }

  get readyBytes(): number {
    return this.#lanes.reduce((bytes, lane) => bytes + lane.readyBytes, 0);
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
    return this.#dying;
  }

  /** Again whenever a policy changes. */
  configure(settings: QueueSettings): void {
    this.settings = settings;
    this.consumers.singleActive = settings.singleActiveConsumer;
    while (this.#lanes.length <= settings.maxPriority) this.#lanes.push(new MessageIndex());
    this.#enforceLimits();
    this.wake();
    this.#tellOfRoom();
  }

  /** Whether `overflow: reject-publish` refuses one more. Consumers that can take some make room first, and so does what has expired. */
  refuses(): boolean {
    if (this.settings.overflow === "drop-head" || !this.#isFull()) return false;
    if (this.consumers.size > 0) this.#handOut();
    else if (this.#expiring) this.#firstLane();
    return this.#isFull();
  }

  #isFull(): boolean {
    const { maxLength, maxLengthBytes } = this.settings;
    return (
      (maxLength !== undefined && this.ready + this.#dying >= maxLength) ||
      (maxLengthBytes !== undefined && this.readyBytes + this.#dyingBytes >= maxLengthBytes)
    );
  }

  /** Calls back once, when the queue may take a message that it refused, or is gone. One caller at a time. */
  whenRoom(callback: () => void): void {
    this.#whenRoom = callback;
  }

  #tellOfRoom(): void {
    const callback = this.#whenRoom;
    if (callback === undefined || (this.#isFull() && !this.deleted)) return;
    this.#whenRoom = undefined;
    callback();
  }

  /** Adds a stored message at the end. `expiration` is the message's own, in milliseconds. */
  publish(ref: number, size: number, priority: number, expiration: number, arrived: number): void {
    const { messageTtl: ttl = NEVER, maxLength, maxLengthBytes } = this.settings;
    const life = Math.min(expiration, ttl);
    const limited = maxLength !== undefined || maxLengthBytes !== undefined;
    const waiting = this.consumers.size > 0;
    const lanes = this.#lanes;
    const lane = lanes.length === 1 ? lanes[0]! : lanes[Math.min(priority, lanes.length - 1)]!;
    const position = lane.push(ref, size, life === NEVER || life === 0 ? NEVER : arrived + life);
    this.counts.published++;
    // Limits and a life of no time are for messages that no consumer can take at once.
    if (waiting && (limited || life === 0)) this.#handOut();
    // Also where a consumer has it: should that give it back, its time is up.
    if (life === 0 && lane.holds(position)) lane.setExpiry(position, arrived);
    if (life !== NEVER) {
      this.#expiring = true;
      if (lane.peek() === position) {
        if (life === 0) this.#dropExpired(lanes.indexOf(lane), 1);
        else this.#watchHead();
      }
    }
    if (limited) this.#enforceLimits();
    if (waiting && !this.awake) this.wake();
  }

  /** A message that was there before the broker started. */
  restore(
    ref: number,
    size: number,
    arrived: number,
    priority: number,
    expiration: number,
    redelivered: boolean,
  ): void {
    const life = Math.min(this.settings.messageTtl ?? NEVER, expiration);
    const lane = this.#lanes[Math.min(priority, this.#lanes.length - 1)]!;
    const position = lane.push(ref, size, life === NEVER ? NEVER : arrived + life);
    if (redelivered) lane.markRedelivered(position);
    if (life !== NEVER) this.#expiring = true;
  }

  /** Restored messages up to this one may have been delivered before. */
  markRedelivered(upTo: number): void {
    if (upTo < 0) return;
    for (const lane of this.#lanes) {
      for (const [position, ref] of lane.entries()) {
        if (lane.isRedelivered(position)) continue;
        if (ref > upTo) break;
        lane.markRedelivered(position);
      }
    }
  }

  /** All of them are there. */
  restored(): void {
    this.#enforceLimits();
    this.#watchHead();
  }

  wake(): void {
    if (this.awake || this.deleted || this.consumers.size === 0) return;
    this.awake = true;
    this.#host.wake(this);
  }

  /** Hands out what can be handed out. Host only. */
  dispatch(): void {
    this.#handOut();
    if (this.#expiring) this.#watchHead();
  }

  #handOut(): void {
    this.#handOutAll();
    if (this.#whenRoom) this.#tellOfRoom();
  }

  #handOutAll(): void {
    const { store } = this.#host;
    for (;;) {
      const number = this.#firstLane();
      if (number < 0) return;
      const consumer = this.consumers.next();
      if (consumer === undefined) return;
      const lane = this.#lanes[number]!;
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
        if (ref >= 0) store.log.noteDelivered(ref, this.id);
        consumer.take(position * LANES + number, message, redelivered, returns);
      }
    }
  }

  /** `basic.get`: the first message, if there is one. With `noAck` it is settled when the callback returns. */
  get(noAck: boolean, take: (got: Got) => void): boolean {
    this.lastUsed = this.#host.clock.now();
    const number = this.#firstLane(NEVER);
    if (number < 0) return false;
    const lane = this.#lanes[number]!;
    const position = lane.take();
    const ref = lane.refAt(position);
    const redelivered = lane.isRedelivered(position);
    const message = this.#read(lane, position, ref);
    if (message === undefined) return this.get(noAck, take);
    this.counts.got++;
    take({
      handle: position * LANES + number,
      message,
      redelivered,
      returns: redelivered ? lane.returnsAt(position) : 0,
      remaining: this.ready,
    });
    if (noAck) {
      lane.remove(position);
      this.#host.store.release(ref, this.id);
    } else {
      this.#taken++;
      if (ref >= 0) this.#host.store.log.noteDelivered(ref, this.id);
    }
    if (this.#expiring) this.#watchHead();
    this.#tellOfRoom();
    return true;
  }

  /** The taken message is done with: acknowledged. */
  settle(handle: number): void {
    if (this.deleted) return;
    const lane = this.#lanes[handle % LANES]!;
    const position = Math.floor(handle / LANES);
    const ref = lane.refAt(position);
    this.#taken--;
    this.counts.acked++;
    lane.remove(position);
    this.#host.store.release(ref, this.id);
  }

  /** The taken message goes back to where it was, unless it has come back too often. */
  requeue(handle: number): void {
    if (this.deleted) return;
    const lane = this.#lanes[handle % LANES]!;
    const position = Math.floor(handle / LANES);
    this.#taken--;
    lane.markRedelivered(position);
    if (this.type === "quorum") {
      const returns = lane.countReturn(position);
      if (returns > (this.settings.deliveryLimit ?? NEVER)) {
        this.#end(handle % LANES, position, "delivery_limit");
        return;
      }
    }
    lane.requeue(position);
    if (lane.expiryAt(position) !== NEVER) this.#watchHead();
    this.#enforceLimits();
    this.wake();
  }

  /** The taken message was refused for good: dead-lettered where that is configured. */
  reject(handle: number): void {
    if (this.deleted) return;
    this.#taken--;
    this.#end(handle % LANES, Math.floor(handle / LANES), "rejected");
  }

  /** A message that was refused because the queue is full, and is in none. */
  bury(ref: number): void {
    if (this.settings.deadLetterExchange === undefined) this.#host.store.release(ref, this.id);
    else this.#host.deadLetter(this, ref, "maxlen");
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
    for (const lane of this.#lanes) {
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
    this.#tellOfRoom();
    return purged;
  }

  /** Lets go of everything, in portions; host only, once. */
  destroy(): void {
    this.deleted = this.#stopped = true;
    this.#timer.stop();
    this.#later.drop();
    const refs = refsOf(this.#lanes.splice(0));
    this.#later.add(() => {
      const { value: ref, done } = refs.next();
      if (!done) this.#host.store.forget(ref);
      return !done;
    });
    for (const consumer of [...this.consumers.all()]) {
      this.consumers.remove(consumer);
      consumer.cancelled();
    }
    this.#tellOfRoom();
  }

  /** Stops the queue's timer and ends what it does in portions; its messages stay in the log. */
  stop(): void {
    this.#stopped = true;
    this.#timer.stop();
    this.#later.finish();
  }

  /** Of every message it holds. */
  refs(): Iterable<number> {
    return refsOf(this.#lanes);
  }

  relocate(move: (ref: number) => number): void {
    for (const lane of this.#lanes) lane.relocate(move);
  }

  /** The lane of the first message that is ready and has not expired, or -1. */
  #firstLane(mostExpired = DROPPED_A_TURN): number {
    const lanes = this.#lanes;
    for (let number = lanes.length - 1; number >= 0; number--) {
      const lane = lanes[number]!;
      if (lane.ready === 0) continue;
      // Too many to drop them all now: the timer goes on with it, and wakes the queue.
      if (this.#expiring && !this.#dropExpired(number, mostExpired)) return -1;
      if (lane.ready > 0) return number;
    }
    return -1;
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

  /** In portions, as a policy may shorten a queue by millions. */
  #enforceLimits(): void {
    const { overflow, maxLength = NEVER, maxLengthBytes = NEVER } = this.settings;
    if (overflow !== "drop-head" || (maxLength === NEVER && maxLengthBytes === NEVER)) return;
    for (let dropped = 0; this.ready > maxLength || (this.readyBytes > maxLengthBytes && this.ready > 0); ) {
      const number = this.#firstLane();
      if (number < 0) break;
      if (dropped++ === DROPPED_A_TURN) {
        this.#enforceLater();
        break;
      }
      this.#end(number, this.#lanes[number]!.take(), "maxlen");
    }
    if (this.#expiring) this.#watchHead();
  }

  #enforceLater(): void {
    if (this.#enforcing) return;
    this.#enforcing = true;
    setImmediate(() => {
      this.#enforcing = false;
      if (!this.#stopped) this.#enforceLimits();
    });
  }

  /** False: there are more than `most`. */
  #dropExpired(number: number, most: number): boolean {
    const lane = this.#lanes[number]!;
    const now = this.#host.clock.now();
    for (let dropped = 0; ; dropped++) {
      const position = lane.peek();
      if (position < 0 || lane.expiryAt(position) > now) return true;
      if (dropped >= most) return false;
      this.#end(number, lane.take(), "expired");
    }
  }

  #watchHead(): void {
    if (this.#stopped) return;
    let expiry = NEVER;
    for (const lane of this.#lanes) {
      const position = lane.peek();
      if (position >= 0) expiry = Math.min(expiry, lane.expiryAt(position));
    }
    this.#timer.watch(expiry);
  }

  /** In portions, so that a million messages that die together do not stop everything else. */
  #expire(): void {
    if (this.#stopped) return;
    if (this.#lanes.every((_, number) => this.#dropExpired(number, DROPPED_A_TURN))) this.#watchHead();
    else setImmediate(() => this.#expire());
    this.wake();
    this.#tellOfRoom();
  }

  /** A taken position leaves the queue without having been consumed. */
  #end(number: number, position: number, reason: DeathReason): void {
    const lane = this.#lanes[number]!;
    const { deadLetterExchange, deadLetterStrategy } = this.settings;
    if (deadLetterExchange !== undefined && deadLetterStrategy === "at-least-once") {
      this.#dying++;
      this.#dyingBytes += lane.sizeAt(position);
      this.#host.deadLetterSurely(this, position * LANES + number, reason);
      return;
    }
    const ref = lane.refAt(position);
    lane.remove(position);
    if (deadLetterExchange === undefined) this.#host.store.release(ref, this.id);
    else this.#host.deadLetter(this, ref, reason);
  }

  /** Where the dying message lies. */
  refOf(handle: number): number {
    return this.#lanes[handle % LANES]!.refAt(Math.floor(handle / LANES));
  }

  /** The dying message's dead letters are where they should be. */
  buried(handle: number): void {
    if (this.deleted) return;
    const lane = this.#lanes[handle % LANES]!;
    const position = Math.floor(handle / LANES);
    const ref = lane.refAt(position);
    this.#dying--;
    this.#dyingBytes -= lane.sizeAt(position);
    lane.remove(position);
    this.#host.store.release(ref, this.id);
    this.#tellOfRoom();
  }
}

/** Of every message that the lanes hold. */
function* refsOf(lanes: readonly MessageIndex[]): IterableIterator<number> {
  for (const lane of lanes) for (const [, ref] of lane.entries()) yield ref;
}

const LANES = 256;
/** Each may become a dead letter, which costs some microseconds. */
const DROPPED_A_TURN = 1000;
