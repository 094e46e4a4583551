import { Buffer } from "node:buffer";
import { PublishRefused } from "../errors.js";
import type { Outgoing } from "../link/encode.js";
import type { Flight } from "../link/flights.js";
import type { EntryList } from "./entry-list.js";

/**
 * A message between `publish` and its confirm. All that is known of it is in this one object: there may be a hundred
 * thousand of them a second, and each lives just long enough to be in the garbage collector's way.
 */
export abstract class Entry implements Flight {
  readonly message: Outgoing;
  readonly deadline: number;
  /** When the caller stops waiting; milliseconds since the epoch. */
  readonly deadlineAt: number;
  /** On the channel that is open now. */
  inFlight = false;
  /** Written to a channel at least once: the broker may have it. */
  everSent = false;
  settled = false;
  returned = false;
  /** Of the body. A text's are its UTF-8: counted once, as it comes and goes. */
  readonly bytes: number;
  /** Its place among those that are held, or wait for room. */
  list: EntryList | undefined = undefined;
  before: Entry | undefined = undefined;
  after: Entry | undefined = undefined;
  /** Set by the sender; called before the outcome is told. */
  onSettled: ((entry: Entry) => void) | undefined = undefined;

  constructor(message: Outgoing, deadline: number) {
    this.message = message;
    this.deadline = deadline;
    this.deadlineAt = Date.now() + deadline;
    const { body } = message;
    this.bytes = typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
  }

  /** The broker has it. Exactly one of the two `tell` is called, once. */
  protected abstract tell(routed: boolean): void;
  protected abstract tellFailure(error: Error): void;

  confirmed(routed: boolean): void {
    if (this.#settles()) this.tell(routed);
  }

  refused(): void {
    this.fail(new PublishRefused(idOf(this.message), nameOf(this.message)));
  }

  /** Stays pending: the next connection sends it again. */
  lost(): void {}

  fail(error: Error): void {
    if (this.#settles()) this.tellFailure(error);
  }

  #settles(): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.onSettled?.(this);
    return true;
  }
}

/** For who wants no more than to be called. */
export class CallbackEntry extends Entry {
  readonly #confirmed: (routed: boolean) => void;
  readonly #failed: (error: Error) => void;

  constructor(
    message: Outgoing,
    deadline: number,
    confirmed: (routed: boolean) => void,
    failed: (error: Error) => void,
  ) {
    super(message, deadline);
    this.#confirmed = confirmed;
    this.#failed = failed;
  }

  protected override tell(routed: boolean): void {
    this.#confirmed(routed);
  }

  protected override tellFailure(error: Error): void {
    this.#failed(error);
  }
}

/** @throws TypeError for what is no bytes, such as an object that was not made JSON: it would arrive as nothing */
export function refuseOther(body: unknown): void {
  if (!(body instanceof Uint8Array))
    throw new TypeError(`The body must be bytes or a text, but is ${body === null ? "null" : typeof body}.`);
}

export const idOf = ({ properties }: Outgoing): string => properties.messageId ?? "";
export const nameOf = ({ exchange, routingKey }: Outgoing): string =>
  routingKey === "" ? `the message to ${exchange}` : routingKey;
