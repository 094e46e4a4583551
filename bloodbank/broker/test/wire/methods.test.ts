import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AmqpError } from "../../src/errors.js";
import { FRAME_END, FRAME_HEAD } from "../../src/wire/constants.js";
import * as hot from "../../src/wire/hot-frames.js";
import { METHODS, type MethodName } from "../../src/wire/method-catalog.js";
import { decodeMethod, encodeMethod } from "../../src/wire/methods.js";
import { table } from "./arbitraries.js";

/** The encoder writes what goes to a client; for the test it writes what comes from one as well. */
const encode = encodeMethod as unknown as (channel: number, name: MethodName, args: object) => Buffer;

const shortText = fc
  .string({ unit: "grapheme", maxLength: 20 })
  .filter((text) => Buffer.byteLength(text) < 256);
const kinds: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  bit: fc.boolean(),
  octet: fc.integer({ min: 0, max: 255 }),
  short: fc.integer({ min: 0, max: 65_535 }),
  long: fc.integer({ min: 0, max: 4_294_967_295 }),
  longlong: fc.maxSafeNat(),
  shortstr: shortText,
  longstr: fc.string({ unit: "grapheme" }),
  bytes: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  table,
};

function argumentsOf(name: MethodName): fc.Arbitrary<object> {
  const fields = (METHODS[name].fields as readonly string[])
    .map((field) => field.split(":") as [string, string])
    .filter(([, kind]) => !kind.startsWith("reserved"));
  return fc.record(
    Object.fromEntries(fields.map(([field, kind]) => [field, kinds[kind] as fc.Arbitrary<unknown>])),
  );
}

const names = Object.keys(METHODS) as MethodName[];
const fromClient = names.filter((name) => METHODS[name].from !== "server");

function read(frame: Buffer) {
  return decodeMethod(frame, FRAME_HEAD, frame.length - 1);
}

describe("methods", () => {
  it.each(fromClient)("%s comes back as it was written", (name) => {
    fc.assert(
      fc.property(argumentsOf(name), (args) => {
        const frame = encode(7, name, args);
        expect(frame.readUInt16BE(1)).toBe(7);
        expect(frame.readUInt32BE(3)).toBe(frame.length - 8);
        expect(frame.at(-1)).toBe(FRAME_END);
        expect(read(frame)).toEqual({ name, ...args });
      }),
      { numRuns: 50 },
    );
  });

  it("are distinct by class and method id", () => {
    const ids = names.map((name) => METHODS[name].classId * 65_536 + METHODS[name].methodId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("that only a server sends are refused from a client", () => {
    const frame = encode(1, "basic.get-empty", {});
    expect(() => read(frame)).toThrow("COMMAND_INVALID");
  });

  it("that do not exist are refused, with their ids", () => {
    expect(() => decodeMethod(Buffer.of(0, 10, 0, 99), 0, 4)).toThrow("unknown method (class 10, method 99)");
  });

  it("are refused when a byte is missing or left over", () => {
    const frame = encode(1, "queue.declare-ok", { queue: "q", messageCount: 1, consumerCount: 0 });
    frame.writeUInt16BE(10, FRAME_HEAD + 2);
    const declare = encode(1, "basic.qos", { prefetchSize: 0, prefetchCount: 1, global: false });
    expect(() => decodeMethod(declare, FRAME_HEAD, declare.length - 2)).toThrow(
      "FRAME_ERROR - cannot decode",
    );
    expect(() => decodeMethod(declare, FRAME_HEAD, declare.length)).toThrow("FRAME_ERROR - cannot decode");
  });

  it("refuse names that are no UTF-8", () => {
    const frame = encode(1, "basic.cancel", { consumerTag: "ab", noWait: false });
    frame[FRAME_HEAD + 5] = 0xff;
    expect(() => read(frame)).toThrow("FRAME_ERROR - Malformed UTF-8 in shortstr");
    expect(read(encode(1, "basic.cancel", { consumerTag: "\ufffd", noWait: false }))).toMatchObject({
      consumerTag: "\ufffd",
    });
  });

  it("end the connection and nothing else, whatever bytes come", () => {
    fc.assert(
      fc.property(
        fc
          .constantFrom(...fromClient)
          .chain((name) => argumentsOf(name).map((args) => encode(1, name, args))),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 6 }),
        (frame, edits) => {
          for (const [at, value] of edits) frame[FRAME_HEAD + (at % (frame.length - 8))] = value;
          try {
            read(frame);
          } catch (error) {
            expect(error).toBeInstanceOf(AmqpError);
            expect(error).toMatchObject({ reach: "connection" });
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe("the writers of hot frames", () => {
  const out = Buffer.alloc(4096);
  const bytes = (text: string) => Buffer.from(text);

  it("write what the encoder of all methods writes", () => {
    fc.assert(
      fc.property(
        shortText,
        fc.maxSafeNat(),
        fc.boolean(),
        shortText,
        shortText,
        (tag, delivery, again, x, key) => {
          const end = hot.writeDeliver(out, 3, 258, bytes(tag), delivery, again, bytes(x), bytes(key));
          const args = {
            consumerTag: tag,
            deliveryTag: delivery,
            redelivered: again,
            exchange: x,
            routingKey: key,
          };
          expect(out.subarray(3, end)).toEqual(encodeMethod(258, "basic.deliver", args));
          expect(end - 3).toBeLessThanOrEqual(
            hot.DELIVER_BOUND + bytes(tag).length + bytes(x).length + bytes(key).length,
          );

          const got = hot.writeGetOk(out, 0, 1, delivery, again, bytes(x), bytes(key), 70_000);
          const { consumerTag: _, ...rest } = args;
          expect(out.subarray(0, got)).toEqual(
            encodeMethod(1, "basic.get-ok", { ...rest, messageCount: 70_000 }),
          );

          const acked = hot.writeAck(out, 0, 9, delivery, again);
          expect(acked).toBe(hot.ACK_SIZE);
          expect(out.subarray(0, acked)).toEqual(
            encodeMethod(9, "basic.ack", { deliveryTag: delivery, multiple: again }),
          );
          const nacked = hot.writeNack(out, 0, 9, delivery, again);
          expect(out.subarray(0, nacked)).toEqual(
            encodeMethod(9, "basic.nack", { deliveryTag: delivery, multiple: again, requeue: false }),
          );
        },
      ),
    );
  });

  it("cut a body into frames that the peer accepts", () => {
    const body = Buffer.from(Array.from({ length: 1000 }, (_, i) => i % 251));
    const end = hot.writeBody(out, 0, 5, body, 0, body.length, 308);
    expect(end).toBe(hot.bodyFramesSize(1000, 308));
    const parts: Buffer[] = [];
    for (let at = 0; at < end; ) {
      const size = out.readUInt32BE(at + 3);
      expect(size + 8).toBeLessThanOrEqual(308);
      expect(out[at + 7 + size]).toBe(FRAME_END);
      parts.push(out.subarray(at + 7, at + 7 + size));
      at += size + 8;
    }
    expect(parts).toHaveLength(4);
    expect(Buffer.concat(parts)).toEqual(body);
  });
});
