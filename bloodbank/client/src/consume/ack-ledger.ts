/**
 * Acks of one channel, gathered for a turn of the event loop: one `multiple` ack for all deliveries up to the first that
 * is still open. What is settled beyond that one would be told by single acks, and these wait: most often the open one
 * is settled soon, and one ack for all of them is enough. They do not wait when they are many, as the broker sends
 * nothing new while its prefetch is used up, and not for long once the front stands still: twice PATIENCE. More may
 * wait for a delivery whose copy is on its way, which takes milliseconds, than for one at work, which may take any time.
 *
 * A `multiple` ack must name a tag that is still outstanding (RabbitMQ closes the channel otherwise), so tags that
 * were acked singly are remembered until the common front has passed them.
 */
const PATIENCE = 10;

/** What is known of a tag beyond the front. */
const OPEN = 0;
/** Open, and its copy is on its way to another queue. */
const MOVING = 1;
const UNTOLD = 2;
const TOLD = 3;

/** A power of two. */
const FIRST_SLOTS = 1_024;

/** Acks all tags up to `front`, unless that is 0, and each of `others`. */
export type Tell = (front: number, others: readonly number[]) => void;

/** How many acks beyond the front may wait for the delivery that is there. */
export interface MostWaiting {
  /** Its handler is at work, or has not begun. */
  readonly forHandler: number;
  /** It failed, and its copy is not confirmed yet. */
  readonly forMove: number;
}

export class AckLedger {
  readonly #tell: Tell;
  readonly #most: MostWaiting;
  /** Every tag up to here is settled. */
  #front = 0;
  /** The last tag up to the front that the broker was not told of; 0 when it knows of all. */
  #due = 0;
  /** The state of each tag beyond the front, in a ring: a Map would be work for the garbage collector. */
  #slots = new Uint8Array(FIRST_SLOTS);
  /** How many are UNTOLD. */
  #untold = 0;
  /** These, in the order they were settled; some may have been passed by the front. First those that wait long. */
  #old: number[] = [];
  #young: number[] = [];
  #flushing = false;
  /** Where the front was at the last tick. */
  #lastFront = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(most: MostWaiting, tell: Tell) {
    this.#most = most;
    this.#tell = tell;
  }

  ack(tag: number): void {
    this.#settle(tag, UNTOLD);
  }

  /** The broker is told in another way, by a nack: to be sent unless this gives false, as it is settled already. */
  told(tag: number): boolean {
    return this.#settle(tag, TOLD);
  }

  /** Its copy is on its way; it is acked when that is confirmed. */
  moving(tag: number): void {
    if (tag <= this.#front) return;
    const slot = this.#slotOf(tag);
    if (this.#slots[slot] === OPEN) this.#slots[slot] = MOVING;
  }

  /** The channel is gone; nothing can be acked any more. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** Tells all, now. */
  flush(): void {
    const others = [...this.#take(this.#old), ...this.#take(this.#young)];
    this.#old = [];
    this.#young = [];
    this.#tellAll(others);
  }

  /** False for what is settled already. */
  #settle(tag: number, state: typeof UNTOLD | typeof TOLD): boolean {
    if (this.#closed || tag <= this.#front) return false;
    if (tag === this.#front + 1) this.#advance(tag, state);
    else if (!this.#note(tag, state)) return false;
    if (this.#flushing) return true;
    this.#flushing = true;
    setImmediate(() => this.#turn());
    return true;
  }

  /** Beyond the front. */
  #note(tag: number, state: typeof UNTOLD | typeof TOLD): boolean {
    const slot = this.#slotOf(tag);
    if (isSettled(this.#slots[slot])) return false;
    this.#slots[slot] = state;
    if (state === UNTOLD) {
      this.#untold++;
      this.#young.push(tag);
    }
    return true;
  }

  /** The front passes one tag, and all behind it that are settled. */
  #advance(first: number, firstState: typeof UNTOLD | typeof TOLD): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    slots[first & mask] = OPEN;
    if (firstState === UNTOLD) this.#due = first;
    for (let tag = first + 1; ; tag++) {
      const state = slots[tag & mask];
      if (!isSettled(state)) {
        this.#front = tag - 1;
        return;
      }
      slots[tag & mask] = OPEN;
      if (state !== UNTOLD) continue;
      this.#due = tag;
      this.#untold--;
    }
  }

  #slotOf(tag: number): number {
    while (tag - this.#front >= this.#slots.length) this.#makeRoom();
    return tag & (this.#slots.length - 1);
  }

  #makeRoom(): void {
    const { length } = this.#slots;
    const wider = new Uint8Array(length * 2);
    for (let tag = this.#front + 1; tag < this.#front + length; tag++)
      wider[tag & (length * 2 - 1)] = this.#slots[tag & (length - 1)] ?? OPEN;
    this.#slots = wider;
  }

  #turn(): void {
    this.#flushing = false;
    if (this.#closed) return;
    if (this.#untold === 0) {
      this.#old.length = 0;
      this.#young.length = 0;
    }
    if (this.#untold > this.#mayWait()) this.flush();
    else {
      this.#tellAll([]);
      if (this.#untold > 0) this.#timer ??= setTimeout(() => this.#tick(), PATIENCE);
    }
  }

  #mayWait(): number {
    const first = this.#slots[(this.#front + 1) & (this.#slots.length - 1)];
    return first === MOVING ? this.#most.forMove : this.#most.forHandler;
  }

  /**
   * While the front goes on, one ack will do for those beyond it. When it stands still, those that waited for a whole
   * PATIENCE are told, the others at the next tick, if that is still needed.
   */
  #tick(): void {
    this.#timer = undefined;
    if (this.#front === this.#lastFront) {
      const others = this.#take(this.#old);
      this.#old = [];
      this.#tellAll(others);
    }
    this.#lastFront = this.#front;
    this.#old = [...this.#old, ...this.#young].filter((tag) => tag > this.#front);
    this.#young = [];
    if (this.#untold > 0 && !this.#closed) this.#timer = setTimeout(() => this.#tick(), PATIENCE);
  }

  /** Those of them that the front has not passed; from now on the broker knows. */
  #take(waiting: readonly number[]): readonly number[] {
    const others = waiting.filter((tag) => tag > this.#front);
    for (const tag of others) this.#slots[tag & (this.#slots.length - 1)] = TOLD;
    this.#untold -= others.length;
    return others;
  }

  #tellAll(others: readonly number[]): void {
    const front = this.#due;
    this.#due = 0;
    if (!this.#closed && (front > 0 || others.length > 0)) this.#tell(front, others);
  }
}

const isSettled = (state: number | undefined): boolean => state === UNTOLD || state === TOLD;
