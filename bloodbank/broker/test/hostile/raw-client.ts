/** A client without manners: a socket, the handshake, and whatever bytes a test likes to send. */
import net from "node:net";
import {
  CLASS_BASIC,
  encodeMethod,
  FRAME_BODY,
  FRAME_END,
  FRAME_HEAD,
  FRAME_HEADER,
  FRAME_METHOD,
  type MethodArguments,
  type MethodName,
  PROTOCOL_HEADER,
} from "../../src/wire/index.js";
import { type ContentProperties, encodeProperties } from "../../src/wire/properties.js";
import { EMPTY_TABLE } from "../../src/wire/table.js";

/** The encoder writes what goes to clients; here it writes what comes from one. */
const encode = encodeMethod as unknown as (channel: number, name: MethodName, args: object) => Buffer;

export function method<N extends MethodName>(channel: number, name: N, args: MethodArguments<N>): Buffer {
  return encode(channel, name, args);
}

export function frame(type: number, channel: number, payload: Uint8Array): Buffer {
  const out = Buffer.alloc(payload.length + 8);
  out[0] = type;
  out.writeUInt16BE(channel, 1);
  out.writeUInt32BE(payload.length, 3);
  out.set(payload, FRAME_HEAD);
  out[out.length - 1] = FRAME_END;
  return out;
}

/** Method, header and body of a publish, a frame each. */
export function publish(
  channel: number,
  exchange: string,
  routingKey: string,
  body: Uint8Array,
  properties: ContentProperties = {},
  mandatory = false,
): readonly Buffer[] {
  const encoded = encodeProperties(properties);
  const header = Buffer.alloc(12 + encoded.length);
  header.writeUInt16BE(CLASS_BASIC, 0);
  header.writeUInt32BE(body.length, 8);
  encoded.copy(header, 12);
  return [
    method(channel, "basic.publish", { exchange, routingKey, mandatory, immediate: false }),
    frame(FRAME_HEADER, channel, header),
    frame(FRAME_BODY, channel, body),
  ];
}

const CLOSE = 10 * 65_536 + 50;

export class RawClient {
  readonly socket: net.Socket;
  readonly closed: Promise<void>;
  bytes = 0;
  /** The reason of the `connection.close` that came, if one did. */
  farewell = "";
  /** And its reply code. */
  farewellCode = 0;
  /** Methods that came, by class and method id. */
  readonly seen = new Map<number, number>();
  #rest: Buffer = Buffer.alloc(0);
  #waiting: { readonly id: number; resolve(): void } | undefined;

  /** Just the socket. */
  static async connect(port: number): Promise<RawClient> {
    const client = new RawClient(net.connect(port, "127.0.0.1"));
    await new Promise<void>((resolve, reject) => {
      client.socket.once("connect", resolve);
      client.socket.once("error", reject);
    });
    return client;
  }

  /** Logged in as guest, with channel 1 open, on a port of this machine or by an address. */
  static async open(at: number | string): Promise<RawClient> {
    const client = await RawClient.tuned(at, { channelMax: 2047, frameMax: 131_072, heartbeat: 0 });
    client.send(method(1, "channel.open", {}));
    await client.until(20, 11);
    return client;
  }

  /** Logged in as guest, with this answer to what the server proposed; whether it takes that is still to come. */
  static async tuned(at: number | string, limits: MethodArguments<"connection.tune-ok">): Promise<RawClient> {
    const { port, pathname } = new URL(typeof at === "string" ? at : `amqp://127.0.0.1:${at}`);
    const client = await RawClient.connect(Number(port || 5672));
    client.socket.write(PROTOCOL_HEADER);
    await client.until(10, 10);
    client.send(
      method(0, "connection.start-ok", {
        clientProperties: EMPTY_TABLE,
        mechanism: "PLAIN",
        response: Buffer.from("\0guest\0guest"),
        locale: "en_US",
      }),
    );
    await client.until(10, 30);
    client.send(
      method(0, "connection.tune-ok", limits),
      method(0, "connection.open", { vhost: decodeURIComponent(pathname.slice(1)) || "/" }),
    );
    return client;
  }

  private constructor(socket: net.Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
    this.listen();
  }

  listen(): void {
    this.socket.on("data", (chunk) => {
      this.bytes += chunk.length;
      this.#read(chunk);
    });
  }

  send(...frames: readonly Buffer[]): void {
    if (this.socket.writable)
      this.socket.write(frames.length === 1 ? (frames[0] as Buffer) : Buffer.concat(frames));
  }

  /** Resolves when such a method came, or the socket closed. */
  async until(classId: number, methodId: number): Promise<void> {
    const id = classId * 65_536 + methodId;
    if (this.seen.has(id)) return;
    await Promise.race([
      this.closed,
      new Promise<void>((resolve) => {
        this.#waiting = { id, resolve };
      }),
    ]);
  }

  count(classId: number, methodId: number): number {
    return this.seen.get(classId * 65_536 + methodId) ?? 0;
  }

  async end(): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }

  #read(chunk: Buffer): void {
    let buffer = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (buffer.length >= FRAME_HEAD) {
      const end = FRAME_HEAD + buffer.readUInt32BE(3) + 1;
      if (buffer.length < end) break;
      if (buffer[0] === FRAME_METHOD) {
        const id = buffer.readUInt32BE(FRAME_HEAD);
        if (id === CLOSE) {
          this.farewellCode = buffer.readUInt16BE(11);
          this.farewell = buffer.toString("utf8", 14, 14 + (buffer[13] as number));
        }
        this.seen.set(id, (this.seen.get(id) ?? 0) + 1);
        if (this.#waiting?.id === id) this.#waiting.resolve();
      }
      buffer = buffer.subarray(end);
    }
    this.#rest = buffer;
  }
}
