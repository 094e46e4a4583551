import type { Output } from "../connection/output.js";
import type { BrokerError } from "../errors.js";
import type { CommitWaiter } from "../log/message-log.js";
import { ACK_SIZE, writeAck, writeNack } from "../wire/index.js";

/**
 * The confirms of one channel. Publishes are numbered from 1; a number is answered when its message is as safe as it
 * is going to be, and always in order: `multiple` then says it for many at once. Messages that need no disk, and those that
 * are refused, wait for earlier ones that do, never longer than that one batch. No ack names a number that was refused: clients
 * (aiormq, amqp-client) look for the number among those they wait for, and heed nothing of an ack where it is not.
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
  /** The numbers that were refused and are not answered, in order. */
  #refusals: number[] = [];
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
    } else this.#needsNoDisk(number);
  }

  /** A publish that was refused. */
  refused(): void {
    const number = ++this.#published;
    this.#refusals.push(number);
    this.#needsNoDisk(number);
  }

  commitStarts(): void {
    this.#committing = this.#published;
  }

  committed(failure: BrokerError | undefined): void {
    if (!this.#host.isOpen() || this.#committing <= this.#settled) return;
    if (failure) {
      this.answer();
      this.#nack(this.#committing, true);
      this.#refusals = this.#refusals.filter((number) => number > this.#committing);
    }
    this.#settled = this.#committing;
    if (this.#stored <= this.#settled && this.#published > this.#settled) this.#settled = this.#published;
    this.#host.answerSoon();
  }

  /** The end of the turn. */
  answer(): void {
    while (this.#refusals.length > 0 && this.#refusals[0]! <= this.#settled) {
      const refused = this.#refusals.shift()!;
      this.#ackUpTo(refused - 1);
      this.#nack(refused, false);
    }
    this.#ackUpTo(this.#settled);
  }

  #needsNoDisk(number: number): void {
    if (this.#settled !== number - 1) {
      this.#host.awaitCommit(this);
      return;
    }
    this.#settled = number;
    this.#host.answerSoon();
  }

  #nack(number: number, multiple: boolean): void {
    const output = this.#host.output();
    const at = output.reserve(ACK_SIZE);
    output.advance(writeNack(output.buffer, at, this.#host.channel, number, multiple));
    this.#answered = number;
    this.#host.wrote();
  }

  #ackUpTo(number: number): void {
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
  /** Nothing is answered on a channel that is closed: its number may be another's already. */
  isOpen(): boolean;
  output(): Output;
  wrote(): void;
  confirmed(count: number): void;
  answerSoon(): void;
  awaitCommit(waiter: CommitWaiter): void;
}
