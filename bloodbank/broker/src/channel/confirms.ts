import type { Output } from "../connection/output.js";
import type { BrokerError } from "../errors.js";
import type { CommitWaiter } from "../log/message-log.js";
import { ACK_SIZE, writeAck, writeNack } from "../wire/index.js";

/**
 * The confirms of one channel. Publishes are numbered from 1; a number is answered when its message is as safe as it
 * is going to be, and always in order: `multiple` then says it for many at once. Messages that need no disk wait for
 * earlier ones that do, never longer than that one batch.
 *
 *     answered ≤ settled ≤ committing ≤ published
 *
 * `commitStarts` moves `committing` to `published`; `committed` moves `settled` to `committing`, and the end of
 * the turn answers up to `settled`.
 */
export class Confirms implements CommitWaiter {
  batch = 0;
  #published = 0;
  #answered = 0;
  #settled = 0;
  #committing = 0;
  /** The last number whose message is in the log. */
  #stored = 0;
  readonly #host: ConfirmsHost;

  constructor(host: ConfirmsHost) {
    this.#host = host;
  }

  get unanswered(): number {
    return this.#published - this.#answered;
  }

  /** A publish that was accepted; true: it is in the log, and the log must be asked for its commit. */
  accepted(stored: boolean): void {
    const number = ++this.#published;
    if (stored) {
      this.#stored = number;
      this.#host.awaitCommit(this);
    } else if (this.#settled === number - 1) {
      this.#settled = number;
      this.#host.answerSoon();
    } else this.#host.awaitCommit(this);
  }

  /** A publish that was refused: answered at once. */
  refused(): void {
    const number = ++this.#published;
    this.#refuse(number, false);
    if (this.#settled !== number - 1) {
      this.#host.awaitCommit(this);
      return;
    }
    // What is before it must be answered by itself, so that no later `multiple` seems to take the refusal back.
    this.#answerUpTo(number - 1);
    this.#settled = this.#answered = number;
  }

  commitStarts(): void {
    this.#committing = this.#published;
  }

  committed(failure: BrokerError | undefined): void {
    if (this.#committing <= this.#settled) return;
    if (failure) {
      this.#refuse(this.#committing, true);
      this.#answered = this.#committing;
    }
    this.#settled = this.#committing;
    if (this.#stored <= this.#settled && this.#published > this.#settled) this.#settled = this.#published;
    this.#host.answerSoon();
  }

  /** The end of the turn. */
  answer(): void {
    this.#answerUpTo(this.#settled);
  }

  #refuse(number: number, multiple: boolean): void {
    const output = this.#host.output();
    const at = output.reserve(ACK_SIZE);
    output.advance(writeNack(output.buffer, at, this.#host.channel, number, multiple));
    this.#host.wrote();
  }

  #answerUpTo(number: number): void {
    if (number <= this.#answered) return;
    const output = this.#host.output();
    const at = output.reserve(ACK_SIZE);
    output.advance(writeAck(output.buffer, at, this.#host.channel, number, number - this.#answered > 1));
    this.#host.confirmed(number - this.#answered);
    this.#answered = number;
    this.#host.wrote();
  }
}

export interface ConfirmsHost {
  readonly channel: number;
  output(): Output;
  wrote(): void;
  confirmed(count: number): void;
  answerSoon(): void;
  awaitCommit(waiter: CommitWaiter): void;
}
