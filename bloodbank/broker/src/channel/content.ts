import { AmqpError, frameError, preconditionFailed } from "../errors.js";
import { Publication } from "../exchange/publication.js";
import { CLASS_BASIC } from "../wire/index.js";
import { scanProperties } from "../wire/properties.js";

/**
 * A publish that is coming in: method → header → body frames → complete. The parts of a message that came whole stay
 * where the socket put them; a body in several frames is gathered, growing as it arrives and not as it is announced.
 */
export class IncomingContent {
  readonly publication = new Publication();
  #expects: "method" | "header" | "body" = "method";
  #left = 0;
  #gathered: Buffer | undefined;

  get idle(): boolean {
    return this.#expects === "method";
  }

  /** `at`: after the ids of `basic.publish`. */
  begin(buffer: Buffer, at: number, end: number): void {
    if (this.#expects !== "method") throw this.unexpected();
    const { draft } = this.publication;
    const names = at + 2;
    if (names >= end) throw malformed();
    const key = names + 1 + buffer[names]!;
    if (key >= end) throw malformed();
    const bits = key + 1 + buffer[key]!;
    if (bits + 1 !== end) throw malformed();
    draft.names = buffer;
    draft.namesAt = names;
    draft.namesLength = bits - names;
    this.publication.mandatory = (buffer[bits]! & 1) !== 0;
    this.publication.immediate = (buffer[bits]! & 2) !== 0;
    this.#expects = "header";
  }

  /** True: the message is complete, as it has no body. `at`: the class id. */
  header(buffer: Buffer, at: number, end: number): boolean {
    if (this.#expects !== "header") throw this.unexpected();
    if (end - at < 14) throw frameError("content header cut short");
    if (buffer.readUInt16BE(at) !== CLASS_BASIC)
      throw new AmqpError(
        "UNEXPECTED_FRAME",
        `expected content header for class ${CLASS_BASIC}, got one for class ${buffer.readUInt16BE(at)} instead`,
      );
    const size = buffer.readUInt32BE(at + 4) * 4_294_967_296 + buffer.readUInt32BE(at + 8);
    const { draft, scan } = this.publication;
    scanProperties(buffer, at + 12, end, scan);
    if (size > MAX_MESSAGE)
      throw preconditionFailed(`message size ${size} is larger than configured max size ${MAX_MESSAGE}`);
    draft.properties = buffer;
    draft.propertiesAt = at + 12;
    draft.propertiesLength = end - at - 12;
    draft.bodyLength = size;
    this.#left = size;
    this.#expects = size === 0 ? "method" : "body";
    return size === 0;
  }

  /** True: the message is complete. */
  body(buffer: Buffer, at: number, end: number): boolean {
    if (this.#expects !== "body") throw this.unexpected();
    const { draft } = this.publication;
    const length = end - at;
    if (length > this.#left) throw frameError("more content than the header announced");
    if (length === draft.bodyLength) {
      draft.body = buffer;
      draft.bodyAt = at;
    } else this.#gather(buffer, at, end);
    this.#left -= length;
    if (this.#left > 0) return false;
    this.#gathered = undefined;
    this.#expects = "method";
    return true;
  }

  /** RabbitMQ's words for a frame that is not the one that must come now. */
  unexpected(): AmqpError {
    const wanted = this.#expects === "method" ? "method" : `content ${this.#expects}`;
    const expected = {
      method: "method frame",
      header: `content header for class ${CLASS_BASIC}`,
      body: wanted,
    };
    return new AmqpError(
      "UNEXPECTED_FRAME",
      `expected ${expected[this.#expects]}, got non ${wanted} frame instead`,
    );
  }

  #gather(buffer: Buffer, at: number, end: number): void {
    const { draft } = this.publication;
    const have = draft.bodyLength - this.#left;
    const need = have + end - at;
    if (this.#gathered === undefined || need > this.#gathered.length) {
      const next = Buffer.allocUnsafeSlow(Math.min(draft.bodyLength, Math.max(need, have * 2, 4096)));
      this.#gathered?.copy(next, 0, 0, have);
      this.#gathered = next;
    }
    buffer.copy(this.#gathered, have, at, end);
    draft.body = this.#gathered;
    draft.bodyAt = 0;
  }
}

/** RabbitMQ 3.10's `max_message_size`. */
const MAX_MESSAGE = 134_217_728;

function malformed(): AmqpError {
  return frameError("basic.publish cut short");
}
