import { Buffer } from "node:buffer";
import { expect, test } from "vitest";
import { encodeAcks, encodePublish, type Outgoing, sizeOf } from "../src/link/encode.js";

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
