/**
 * `@cloudamqp/amqp-client`'s connection without delays, hardened where a lost socket would end the process:
 *
 * - its promises for frames written to a dead socket reject with nobody listening; here such a frame is dropped,
 *   as the socket's `close` event fails everything that waits on the connection anyway;
 * - a channel that is being closed when the connection is lost would never be, and what is asked while a connection is
 *   being closed never answered; here both end with the connection;
 * - an error while parsing is thrown out of the socket's `data` event; here it closes the connection;
 * - it takes what is sent for a sign of life: who publishes would never leave a broker that hangs. Here one must answer.
 *
 * Deliveries do not pass through the library: see `delivery-frames.ts`.
 */
import { Buffer } from "node:buffer";
import { type AMQPChannel, AMQPClient } from "@cloudamqp/amqp-client";
import { DeliveryFrames, type Receiver } from "./delivery-frames.js";

const written = Promise.resolve();
const BASIC_NACK = 60 * 65_536 + 120;

/** What the server says of itself, of which the library keeps nothing. */
interface Server {
  readonly isRabbitMQ: boolean;
  /** Of its version; NaN where it does not say. */
  readonly major: number;
}

export interface WireClientOptions {
  readonly url: string;
  /** Shown by the broker's management pages. */
  readonly name: string;
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string } | undefined;
}

export class WireClient extends AMQPClient {
  #frames: DeliveryFrames | undefined;
  #server: Server | undefined;
  /** Since it was last asked. */
  #heard = false;

  constructor({ url, name, tls }: WireClientOptions) {
    const address = new URL(url);
    if (!address.searchParams.has("name")) address.searchParams.set("name", name);
    if (!address.searchParams.has("frameMax")) address.searchParams.set("frameMax", "131072");
    if (!address.searchParams.has("heartbeat")) address.searchParams.set("heartbeat", "30");
    super(address.href, tls);
  }

  /** An error on a channel is the business of who opened it; by default the library reports it as the connection's. */
  override async channel(id?: number): Promise<AMQPChannel> {
    const channel = await super.channel(id);
    channel.onerror = () => undefined;
    const close = channel.close.bind(channel);
    channel.close = (reason, code) => this.#orGone(close(reason, code));
    return channel;
  }

  /** With the connection all its channels are closed. The library would wait for the answer to its `channel.close`. */
  #orGone(closing: Promise<void>): Promise<void> {
    const { socket } = this;
    return new Promise((resolve, reject) => {
      if (socket === undefined || socket.closed) resolve();
      else socket.once("close", resolve);
      closing.then(resolve, reject).finally(() => socket?.off("close", resolve));
    });
  }

  override async connect(): ReturnType<AMQPClient["connect"]> {
    const connecting = super.connect();
    // Frames are gathered into large writes in `send`; Nagle's algorithm would hold the next one back for 40 ms.
    this.socket?.setNoDelay(true);
    // Each channel that is being closed listens to it.
    this.socket?.setMaxListeners(0);
    this.#readFirst();
    const connected = await connecting;
    // Behind the library, which does so itself unless it was closed.
    this.socket?.once("close", () => {
      for (const channel of this.channels) channel?.setClosed();
    });
    this.#expectSignsOfLife();
    return connected;
  }

  /** Deliveries on the channel go to the receiver, and no longer to the library's consumers. */
  receive(channel: AMQPChannel, receiver: Receiver): void {
    this.#frames?.receive(channel.id, receiver);
  }

  override send(bytes: Uint8Array): Promise<void> {
    this.sendThen(bytes);
    return written;
  }

  /** `taken` is called when the bytes may be changed again; not at all when the socket is gone. */
  sendThen(bytes: Uint8Array, taken?: () => void): void {
    const { socket } = this;
    if (socket === undefined || socket.destroyed) return;
    if (socket.writableCorked === 0) {
      // All frames of one turn leave in one system call.
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
    socket.write(bytes, taken && ((error) => error ?? taken()));
  }

  /** What was sent in this turn so far leaves now. */
  flush(): void {
    this.socket?.uncork();
  }

  /** Known when connected. */
  get isRabbitMQ(): boolean {
    return this.#server?.isRabbitMQ === true;
  }

  /** Its quorum queues give up what came back twenty times, unless they were declared with another limit. */
  get limitsDeliveries(): boolean {
    return this.#server?.isRabbitMQ === true && this.#server.major >= 4;
  }

  protected override parseFrames(view: Parameters<AMQPClient["parseFrames"]>[0]): void {
    this.#server ??= serverOf(Buffer.from(view.buffer, view.byteOffset, view.byteLength));
    repairNack(view);
    try {
      super.parseFrames(view);
    } catch (error) {
      this.socket?.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Comes between the socket and the library, which listens already. */
  #readFirst(): void {
    const { socket } = this;
    if (socket === undefined) return;
    const [library] = socket.listeners("data");
    if (library === undefined) return;
    const frames = new DeliveryFrames(
      (bytes) => library.call(socket, bytes),
      () => this.frameMax,
    );
    this.#frames = frames;
    socket.removeAllListeners("data");
    socket.on("data", (chunk: Buffer) => {
      this.#heard = true;
      try {
        frames.read(chunk);
      } catch (error) {
        socket.destroy(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  /**
   * Drops the connection of a broker from which nothing came for two heartbeats (AMQP 0-9-1 §4.2.7). Looked at four
   * times, and read in between: a process that was busy itself has not listened.
   */
  #expectSignsOfLife(): void {
    const { socket, heartbeat } = this;
    if (socket === undefined || heartbeat === 0) return;
    let silent = 0;
    const look = setInterval(() => {
      silent = this.#heard ? 0 : silent + 1;
      this.#heard = false;
      if (silent === 4) socket.destroy(new Error(`the broker said nothing for ${2 * heartbeat} s`));
    }, heartbeat * 500);
    socket.once("close", () => clearInterval(look));
  }

  /** Drops the connection without a farewell. */
  destroy(reason: Error): void {
    this.socket?.destroy(reason);
  }
}

/** By two long strings among the server properties, as they stand in `connection.start`. */
function serverOf(bytes: Buffer): Server {
  const [, version = ""] = /versionS\0\0\0[\s\S](\d+)\./.exec(bytes.toString("latin1")) ?? [];
  return { isRabbitMQ: bytes.includes("productS\0\0\0\bRabbitMQ"), major: Number.parseInt(version, 10) };
}

/**
 * A nack's last octet has two bits, `multiple` and `requeue` (RabbitMQ's extension of AMQP 0-9-1). RabbitMQ sets the
 * second, which means nothing to a publisher; the library takes an octet that is not 1 for a nack of one message, and
 * would leave all others of it unsettled.
 */
function repairNack(frame: DataView): void {
  const isNack = frame.byteLength >= 20 && frame.getUint8(0) === 1 && frame.getUint32(7) === BASIC_NACK;
  if (isNack) frame.setUint8(19, frame.getUint8(19) & 1);
}
