/**
 * `@cloudamqp/amqp-client`'s connection without delays, hardened where a lost socket would end the process:
 *
 * - its promises for frames written to a dead socket reject with nobody listening; here such a frame is dropped,
 *   as the socket's `close` event fails everything that waits on the connection anyway;
 * - an error while parsing is thrown out of the socket's `data` event; here it closes the connection.
 */
import { type AMQPChannel, AMQPClient } from "@cloudamqp/amqp-client";

const written = Promise.resolve();

export interface WireClientOptions {
  readonly url: string;
  /** Shown by the broker's management pages. */
  readonly name: string;
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string } | undefined;
}

export class WireClient extends AMQPClient {
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
    return channel;
  }

  override connect(): ReturnType<AMQPClient["connect"]> {
    const connecting = super.connect();
    // Frames are gathered into large writes in `send`; Nagle's algorithm would hold the next one back for 40 ms.
    this.socket?.setNoDelay(true);
    return connecting;
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

  protected override parseFrames(view: Parameters<AMQPClient["parseFrames"]>[0]): void {
    try {
      super.parseFrames(view);
    } catch (error) {
      this.socket?.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Drops the connection without a farewell. */
  destroy(reason: Error): void {
    this.socket?.destroy(reason);
  }
}
