import { EMPTY_TABLE, text } from "../../src/wire/table.js";
import { clientMethod } from "./raw-client.js";

/** A small generator of its own, so that a failing run can be repeated by its seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function frame(type: number, channel: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(7);
  head[0] = type;
  head.writeUInt16BE(channel, 1);
  head.writeUInt32BE(payload.length, 3);
  return Buffer.concat([head, payload, Buffer.of(0xce)]);
}

const header = (size: number) => {
  const payload = Buffer.alloc(15);
  payload.writeUInt16BE(60);
  payload.writeUInt32BE(size, 8);
  payload.writeUInt16BE(0x1000, 12);
  payload[14] = 2;
  return frame(2, 1, payload);
};

const args = new Map([["x-max-length", text("no number")]]);

/** One of everything that a client may send, none of it lasting. */
export const FRAMES: readonly Buffer[] = [
  clientMethod(1, "queue.declare", {
    queue: "h",
    passive: false,
    durable: false,
    exclusive: false,
    autoDelete: true,
    noWait: true,
    arguments: EMPTY_TABLE,
  }),
  clientMethod(1, "queue.declare", {
    queue: "",
    passive: false,
    durable: false,
    exclusive: true,
    autoDelete: true,
    noWait: true,
    arguments: args,
  }),
  clientMethod(1, "exchange.declare", {
    exchange: "he",
    type: "topic",
    passive: false,
    durable: false,
    autoDelete: true,
    internal: false,
    noWait: true,
    arguments: EMPTY_TABLE,
  }),
  clientMethod(1, "queue.bind", {
    queue: "h",
    exchange: "he",
    routingKey: "a.#",
    noWait: true,
    arguments: EMPTY_TABLE,
  }),
  clientMethod(1, "exchange.bind", {
    destination: "he",
    source: "he",
    routingKey: "#",
    noWait: true,
    arguments: EMPTY_TABLE,
  }),
  clientMethod(1, "basic.qos", { prefetchSize: 0, prefetchCount: 10, global: false }),
  clientMethod(1, "basic.consume", {
    queue: "h",
    consumerTag: "t",
    noLocal: false,
    noAck: false,
    exclusive: false,
    noWait: true,
    arguments: EMPTY_TABLE,
  }),
  Buffer.concat([
    clientMethod(1, "basic.publish", { exchange: "", routingKey: "h", mandatory: true, immediate: false }),
    header(4),
    frame(3, 1, Buffer.from("body")),
  ]),
  Buffer.concat([
    clientMethod(1, "basic.publish", {
      exchange: "he",
      routingKey: "a.b",
      mandatory: false,
      immediate: false,
    }),
    header(0),
  ]),
  clientMethod(1, "basic.get", { queue: "h", noAck: false }),
  clientMethod(1, "basic.ack", { deliveryTag: 1, multiple: false }),
  clientMethod(1, "basic.nack", { deliveryTag: 2, multiple: true, requeue: true }),
  clientMethod(1, "basic.recover", { requeue: true }),
  clientMethod(1, "basic.cancel", { consumerTag: "t", noWait: true }),
  clientMethod(1, "confirm.select", { noWait: true }),
  clientMethod(2, "channel.open", {}),
  clientMethod(2, "tx.select", {}),
  clientMethod(2, "tx.commit", {}),
  clientMethod(2, "tx.rollback", {}),
  clientMethod(2, "channel.close", { replyCode: 200, replyText: "", classId: 0, methodId: 0 }),
  clientMethod(1, "queue.purge", { queue: "h", noWait: true }),
  clientMethod(1, "queue.delete", { queue: "h", ifUnused: false, ifEmpty: false, noWait: true }),
  clientMethod(0, "connection.update-secret", { newSecret: Buffer.from("x"), reason: "y" }),
  frame(8, 0, Buffer.alloc(0)),
];

/** A frame, changed somewhere; the length field is repaired now and then, so that changes reach what is inside. */
export function mutated(next: () => number): Buffer {
  const bytes = Buffer.from(FRAMES[Math.floor(next() * FRAMES.length)]!);
  const kind = Math.floor(next() * 6);
  const at = Math.floor(next() * bytes.length);
  if (kind === 0) return bytes;
  if (kind === 1) bytes[at] = Math.floor(next() * 256);
  else if (kind === 2) bytes[at] = bytes[at]! ^ (1 << Math.floor(next() * 8));
  else if (kind === 3) return bytes.subarray(0, at);
  else if (kind === 4)
    return Buffer.concat([bytes.subarray(0, at), Buffer.of(255, 255, 255, 255), bytes.subarray(at)]);
  else {
    const inside = 7 + Math.floor(next() * Math.max(1, bytes.length - 8));
    const grown = Buffer.concat([
      bytes.subarray(0, inside),
      Buffer.alloc(3, next() * 256),
      bytes.subarray(inside),
    ]);
    if (bytes[0] === 1) grown.writeUInt32BE(grown.length - 8, 3);
    return grown;
  }
  return bytes;
}
