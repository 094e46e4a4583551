import { Buffer } from "node:buffer";
import { expect, test } from "vitest";
import { encodeAcks, encodePublish, type Outgoing, sizeOf } from "../src/link/encode.js";
import { HeadersEncoder } from "../src/link/encode-headers.js";

const FRAME_MAX = 4_096;

function methodOf(routingKey: string): Buffer {
  const message: Outgoing = { exchange: "x", routingKey, mandatory: false, body: "{}", properties: {} };
  const buffer = Buffer.alloc(sizeOf(message, undefined, FRAME_MAX));
  const end = encodePublish(buffer, 0, 1, message, undefined, FRAME_MAX);
  expect(end).toBeLessThanOrEqual(buffer.length);
  return buffer.subarray(7, 7 + buffer.readUInt32BE(3));
}

test.each(["", "a", "ä", "abcß", "x".repeat(48), "x".repeat(49), "x".repeat(255), "€".repeat(85), "a😀b"])(
  "a routing key stands in the frame as UTF-8 with its length in bytes: %s",
  (routingKey) => {
    const bytes = Buffer.from(routingKey);
    expect(methodOf(routingKey).subarray(8)).toEqual(
      Buffer.concat([Buffer.of(bytes.length), bytes, Buffer.of(0)]),
    );
  },
);

test("a name of more than 255 bytes is refused", () => {
  expect(() => methodOf("x".repeat(256))).toThrow(RangeError);
  expect(() => methodOf("€".repeat(86))).toThrow(RangeError);
});

test("acks are frames of their own, the first for all before it", () => {
  const acks = encodeAcks(3, 2 ** 33 + 1, [2 ** 33 + 7]);
  expect(acks.toString("hex")).toBe(
    "0100030000000d003c0050000000020000000101ce" + "0100030000000d003c0050000000020000000700ce",
  );
  expect(encodeAcks(3, 0, [1]).toString("hex")).toBe("0100030000000d003c0050000000000000000100ce");
});

test("headers are a table of names, types and values, however large the one before was", () => {
  const encoder = new HeadersEncoder();
  const small = "00000010" + "0161" + "53" + "00000002" + "c3a4" + "0162" + "7401" + "0163" + "56";
  for (const size of [0, 10_000, 20_000, 400_000, 1_000_000]) {
    const large = encoder.encode({ large: "x".repeat(size), list: [1, { d: 2.5 }] });
    expect(large.readUInt32BE(0)).toBe(large.length - 4);
    expect(large.toString("latin1", 11 + 4, 11 + 4 + size)).toBe("x".repeat(size));
    expect(encoder.encode({ a: "ä", b: true, c: null, none: undefined }).toString("hex")).toBe(small);
  }
});

test("what cannot be a header is refused, and the next message is whole", () => {
  const encoder = new HeadersEncoder();
  expect(() => encoder.encode({ a: () => undefined })).toThrow(TypeError);
  expect(() => encoder.encode({ ["x".repeat(256)]: 1 })).toThrow(RangeError);
  expect(encoder.encode({ a: 1 }).toString("hex")).toBe("00000007" + "0161" + "49" + "00000001");
});
