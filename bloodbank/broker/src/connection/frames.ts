import type { Channel } from "../channel/channel.js";
import { handle } from "../channel/methods.js";
import { publish } from "../channel/publishing.js";
import { AmqpError, BrokerError, commandInvalid, frameError } from "../errors.js";
import {
  CLASS_BASIC,
  decodeMethod,
  FRAME_BODY,
  FRAME_END,
  FRAME_HEAD,
  FRAME_HEADER,
  FRAME_HEARTBEAT,
  FRAME_METHOD,
  type Method,
  PROTOCOL_HEADER,
} from "../wire/index.js";
import type { Connection } from "./connection.js";
import { greet, handshake } from "./handshake.js";

/**
 * Takes what the socket brings apart, in place: a frame is a range of the chunk it came in, and only one that is
 * torn between two chunks is put together. Publishes and single acks, which are nearly all of a busy connection's
 * frames, are recognised by their ids and never become objects.
 */
export class FrameReader {
  readonly #connection: Connection;
  #rest: Buffer | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  read(chunk: Buffer): void {
    const connection = this.#connection;
    const buffer = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    this.#rest = undefined;
    let at = 0;
    if (connection.state === "greeting") {
      if (buffer.length < PROTOCOL_HEADER.length) {
        this.#rest = buffer;
        return;
      }
      if (!greet(connection, buffer)) return;
      at = PROTOCOL_HEADER.length;
    }
    const used = this.#frames(buffer, at);
    if (used < buffer.length) this.#rest = buffer.subarray(used);
    connection.holdIfBlocked();
  }

  #frames(buffer: Buffer, from: number): number {
    const connection = this.#connection;
    const end = buffer.length;
    let at = from;
    while (end - at >= FRAME_HEAD) {
      if (connection.state === "closed") return end;
      const size = buffer.readUInt32BE(at + 3);
      // By the letter a frame's eight bytes around it count too; clients exist that forget them, and RabbitMQ lets them.
      if (size > connection.frameMax) {
        this.#fail(
          frameError(
            `type ${buffer[at]}, size ${size} is larger than the negotiated frame_max ${connection.frameMax}`,
          ),
          undefined,
          0,
        );
        return end;
      }
      const payload = at + FRAME_HEAD;
      const tail = payload + size;
      if (tail >= end) return at;
      if (buffer[tail] !== FRAME_END) {
        this.#fail(
          frameError(`type ${buffer[at]}, expected frame end ${FRAME_END}, got ${buffer[tail]}`),
          undefined,
          0,
        );
        return end;
      }
      this.#frame(buffer[at]!, buffer.readUInt16BE(at + 1), buffer, payload, tail);
      at = tail + 1;
    }
    return at;
  }

  #frame(type: number, number: number, buffer: Buffer, at: number, end: number): void {
    const connection = this.#connection;
    const channel = connection.channels.get(number);
    try {
      if (channel === undefined) this.#withoutChannel(type, number, buffer, at, end);
      else if (channel.closing) this.#closingChannel(type, channel, buffer, at, end);
      else if (type === FRAME_METHOD) this.#method(channel, buffer, at, end);
      else if (type === FRAME_HEADER) {
        if (channel.content.header(buffer, at, end)) publish(channel, channel.content.publication);
      } else if (type === FRAME_BODY) {
        if (channel.content.body(buffer, at, end)) publish(channel, channel.content.publication);
      } else throw strayFrame(type);
    } catch (error) {
      const isMethod = type === FRAME_METHOD && end - at >= 4;
      this.#fail(error, channel, isMethod ? buffer.readUInt32BE(at) : type === FRAME_METHOD ? 0 : PUBLISH);
    }
  }

  #method(channel: Channel, buffer: Buffer, at: number, end: number): void {
    const id = end - at < 4 ? 0 : buffer.readUInt32BE(at);
    if (id === PUBLISH) channel.content.begin(buffer, at + 4, end);
    else if (!channel.content.idle) throw channel.content.unexpected();
    else if (id === ACK && end - at === 13 && buffer[at + 12] === 0)
      channel.ackOne(buffer.readUInt32BE(at + 4) * 4_294_967_296 + buffer.readUInt32BE(at + 8));
    else this.#decoded(channel, decodeMethod(buffer, at, end));
  }

  #decoded(channel: Channel, method: Method): void {
    switch (method.name) {
      case "channel.close":
        this.#connection.closeChannel(channel);
        channel.send("channel.close-ok", {});
        return;
      case "channel.open":
        throw new AmqpError("CHANNEL_ERROR", "second 'channel.open' seen");
      case "channel.close-ok":
        throw new AmqpError("CHANNEL_ERROR", "unexpected 'channel.close-ok'");
      default:
        if (method.name.startsWith("connection."))
          throw commandInvalid(`${method.name} on channel ${channel.number}`);
        handle(channel, method);
    }
  }

  /** We closed it: all is ignored but the answer, and a close that crossed ours. */
  #closingChannel(type: number, channel: Channel, buffer: Buffer, at: number, end: number): void {
    if (type !== FRAME_METHOD || end - at < 4) return;
    const id = buffer.readUInt32BE(at);
    if (id === CHANNEL_CLOSE) channel.send("channel.close-ok", {});
    else if (id === CHANNEL_CLOSE_OK) this.#connection.channels.delete(channel.number);
  }

  #withoutChannel(type: number, number: number, buffer: Buffer, at: number, end: number): void {
    const connection = this.#connection;
    if (type === FRAME_HEARTBEAT && number === 0) return;
    if (connection.state === "closing") {
      const id = type === FRAME_METHOD && number === 0 && end - at >= 4 ? buffer.readUInt32BE(at) : 0;
      if (id === CONNECTION_CLOSE_OK || id === CONNECTION_CLOSE) connection.end(id === CONNECTION_CLOSE);
      return;
    }
    if (type !== FRAME_METHOD && type !== FRAME_HEADER && type !== FRAME_BODY) throw strayFrame(type);
    if (number === 0) {
      if (type !== FRAME_METHOD) throw commandInvalid("content on channel 0");
      handshake(connection, decodeMethod(buffer, at, end));
      return;
    }
    if (connection.state !== "open")
      throw new AmqpError("CHANNEL_ERROR", `channel ${number} before the connection is open`);
    const method = type === FRAME_METHOD ? decodeMethod(buffer, at, end) : undefined;
    if (method?.name === "channel.close-ok") return;
    if (method?.name !== "channel.open") throw new AmqpError("CHANNEL_ERROR", "expected 'channel.open'");
    if (number > connection.channelMax)
      throw new AmqpError(
        "NOT_ALLOWED",
        `number of channels opened (${connection.channels.size}) has reached the negotiated channel_max (${connection.channelMax})`,
      );
    connection.openChannel(number).send("channel.open-ok", {});
  }

  #fail(error: unknown, channel: Channel | undefined, id: number): void {
    const connection = this.#connection;
    const known =
      error instanceof AmqpError
        ? error
        : error instanceof BrokerError
          ? new AmqpError("RESOURCE_ERROR", error.message, "channel")
          : new AmqpError("INTERNAL_ERROR", "");
    if (!(error instanceof AmqpError))
      connection.core.report("error", `connection ${connection.name}: ${(error as Error).stack ?? error}`);
    if (known.reach === "connection" || channel === undefined) connection.fail(known, id >>> 16, id & 0xffff);
    else {
      connection.core.report(
        "warn",
        `closing channel ${channel.number} of ${connection.name}: ${known.message}`,
      );
      channel.fail(known, id >>> 16, id & 0xffff);
    }
  }
}

const PUBLISH = CLASS_BASIC * 65_536 + 40;
const ACK = CLASS_BASIC * 65_536 + 80;
const CHANNEL_CLOSE = 20 * 65_536 + 40;
const CHANNEL_CLOSE_OK = 20 * 65_536 + 41;
const CONNECTION_CLOSE = 10 * 65_536 + 50;
const CONNECTION_CLOSE_OK = 10 * 65_536 + 51;

/** Heartbeats are the connection's: AMQP 0-9-1, 4.2.7. RabbitMQ's words. */
function strayFrame(type: number): AmqpError {
  return type === FRAME_HEARTBEAT
    ? new AmqpError("UNEXPECTED_FRAME", `type ${type}, all octets = <<>>`)
    : frameError(`unknown frame type ${type}`);
}
