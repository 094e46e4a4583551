/**
 * Acks of one channel, gathered for a turn of the event loop: one `multiple` ack for all deliveries up to the
 * first that is still being handled, single ones beyond it.
 *
 * A `multiple` ack must name a tag that is still outstanding (RabbitMQ closes the channel otherwise), so tags that
 * were acked singly are remembered until the common front has passed them.
 */
export class AckLedger {
  readonly #send: (tag: number, multiple: boolean) => void;
  /** Every tag up to here is settled. */
  #front = 0;
  /** The last tag up to the front that the broker was not told of; 0 when it knows of all. */
  #due = 0;
  /** Settled beyond the front: true once the broker was told. */
  readonly #settled = new Map<number, boolean>();
  #flushing = false;
  #closed = false;

  constructor(send: (tag: number, multiple: boolean) => void) {
    this.#send = send;
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
  }

  flush(): void {
    this.#flushing = false;
    if (this.#closed) return;
    if (this.#due > 0) this.#send(this.#due, true);
    this.#due = 0;
    for (const [tag, told] of this.#settled) {
      if (told) continue;
      this.#settled.set(tag, true);
      this.#send(tag, false);
    }
  }

  #settle(tag: number, told: boolean): void {
    if (this.#closed) return;
    if (tag === this.#front + 1) this.#advance(told);
    else this.#settled.set(tag, told);
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => this.flush());
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
}
