/**
 * A proxy that knows where frames end (AMQP 0-9-1 §4.2.3), and cuts its first connection right behind one of them.
 * What was passed on until then arrives; nothing that comes later does.
 */
import { Buffer } from "node:buffer";
import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";

export type Side = "client" | "broker";

export interface FrameCut {
  /** Who sent the frame. */
  readonly from: Side;
  /** How many of its frames arrive; the protocol header counts as the client's first. */
  readonly after: number;
}

export interface FrameProxy {
  /** The given URL with the proxy's address in it. */
  readonly url: string;
  /** Frames of the first connection that were passed on, from each side. */
  readonly passed: Readonly<Record<Side, number>>;
  /** Whether the cut was made. */
  readonly cut: boolean;
  close(): Promise<void>;
}

export async function startFrameProxy(target: string, cut?: FrameCut): Promise<FrameProxy> {
  const address = new URL(target);
  const sockets = new Set<Socket>();
  const passed = { client: 0, broker: 0 };
  let connections = 0;
  let done = false;
  const server = createServer((client) => {
    const first = connections++ === 0;
    const broker = connect(Number(address.port || 5672), address.hostname);
    for (const [side, from, to] of [
      ["client", client, broker],
      ["broker", broker, client],
    ] as const) {
      sockets.add(from);
      from.setNoDelay(true);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.end();
      });
      if (!first) {
        from.on("data", (bytes) => to.write(bytes));
        continue;
      }
      const frames = new FrameSplitter(side === "client");
      from.on("data", (bytes) => {
        for (const frame of frames.feed(bytes)) {
          if (done) return;
          passed[side]++;
          done = cut?.from === side && cut.after === passed[side];
          to.write(frame);
          if (done) {
            // What was written still arrives; a reset would throw it away.
            to.end();
            from.destroy();
          }
        }
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const proxied = new URL(target);
  proxied.hostname = "127.0.0.1";
  proxied.port = String((server.address() as AddressInfo).port);
  return {
    url: proxied.href,
    passed,
    get cut() {
      return done;
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

const PROTOCOL_HEADER = 8;
const FRAME_OVERHEAD = 8;

class FrameSplitter {
  #left = Buffer.alloc(0);
  #headerComes: boolean;

  constructor(headerComes: boolean) {
    this.#headerComes = headerComes;
  }

  /** The frames that are complete now. */
  feed(bytes: Uint8Array): readonly Buffer[] {
    const frames: Buffer[] = [];
    this.#left = Buffer.concat([this.#left, bytes]);
    for (;;) {
      const size = this.#headerComes
        ? PROTOCOL_HEADER
        : this.#left.length < 7
          ? Number.POSITIVE_INFINITY
          : FRAME_OVERHEAD + this.#left.readUInt32BE(3);
      if (this.#left.length < size) return frames;
      this.#headerComes = false;
      frames.push(this.#left.subarray(0, size));
      this.#left = this.#left.subarray(size);
    }
  }
}
