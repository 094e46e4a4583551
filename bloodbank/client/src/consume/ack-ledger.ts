/**
 * Acks of one channel, gathered for a turn of the event loop: one `multiple` ack for all deliveries up to the first that
 * is still open. What is settled beyond that one is told by single acks, and these wait a little: most often the open one
 * is settled soon, and one ack for all of them is enough. They do not wait when they are many, as the broker sends
 * nothing new while its prefetch is used up.
 *
 * A `multiple` ack must name a tag that is still outstanding (RabbitMQ closes the channel otherwise), so tags that
 * were acked singly are remembered until the common front has passed them.
 */
const PATIENCE = 10;

/** Acks all tags up to `front`, unless that is 0, and each of `others`. */
export type Tell = (front: number, others: readonly number[]) => void;

export class AckLedger {
  readonly #tell: Tell;
  readonly #most: number;
  /** Every tag up to here is settled. */
  #front = 0;
  /** The last tag up to the front that the broker was not told of; 0 when it knows of all. */
  #due = 0;
  /** Settled beyond the front: true once the broker was told. */
  readonly #settled = new Map<number, boolean>();
  /** Of these, those that it was not told; some may have been passed by the front. */
  #waiting: number[] = [];
  #flushing = false;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** `most`: how many acks beyond the front may wait. */
  constructor(most: number, tell: Tell) {
    this.#most = most;
    this.#tell = tell;
  }

  ack(tag: number): void {
    this.#settle(tag, false);
  }

  /** The broker was told in another way: a reject or a nack. */
  told(tag: number): void {
    this.#settle(tag, true);
  }

  /** The channel is gone; nothing can be acked any more. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** Tells all, now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const others = this.#waiting.filter((tag) => tag > this.#front);
    for (const tag of others) this.#settled.set(tag, true);
    this.#waiting = [];
    this.#tellAll(others);
  }

  #settle(tag: number, told: boolean): void {
    if (this.#closed) return;
    if (tag === this.#front + 1) this.#advance(told);
    else {
      this.#settled.set(tag, told);
      if (!told) this.#waiting.push(tag);
    }
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => this.#turn());
  }

  /** The front passes one tag, and all behind it that are settled. */
  #advance(told: boolean): void {
    for (let known: boolean | undefined = told; known !== undefined; ) {
      this.#front++;
      if (!known) this.#due = this.#front;
      if (this.#settled.size === 0) return;
      known = this.#settled.get(this.#front + 1);
      if (known !== undefined) this.#settled.delete(this.#front + 1);
    }
  }

  #turn(): void {
    this.#flushing = false;
    if (this.#closed) return;
    if (this.#settled.size === 0) this.#waiting.length = 0;
    if (this.#waiting.length > this.#most) this.flush();
    else {
      this.#tellAll([]);
      if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => this.flush(), PATIENCE);
    }
  }

  #tellAll(others: readonly number[]): void {
    const front = this.#due;
    this.#due = 0;
    if (!this.#closed && (front > 0 || others.length > 0)) this.#tell(front, others);
  }
}
