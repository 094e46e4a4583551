import { Buffer } from "node:buffer";
import fc from "fast-check";
import { expect, test } from "vitest";
import { HEADERS } from "../src/contract.js";
import { HeadersDecoder } from "../src/link/decode-headers.js";
import { DeliveryFrames, type Incoming } from "../src/link/delivery-frames.js";
import { encodePublish, type Outgoing, sizeOf } from "../src/link/encode.js";
import { HeadersEncoder } from "../src/link/encode-headers.js";

const FRAME_MAX = 4_096;
const CHANNEL = 7;

/** The frames of a message as the broker delivers it: those of its publishing, with `basic.deliver` in front. */
function delivered(message: Outgoing, tag: number, redelivered: boolean): Buffer {
  const headers = message.properties.headers && new HeadersEncoder().encode(message.properties.headers);
  const published = Buffer.alloc(sizeOf(message, headers, FRAME_MAX));
  const end = encodePublish(published, 0, CHANNEL, message, headers, FRAME_MAX);
  const content = published.subarray(8 + published.readUInt32BE(3), end);
  const short = (text: string) => Buffer.concat([Buffer.of(Buffer.byteLength(text)), Buffer.from(text)]);
  const numbers = Buffer.alloc(9);
  numbers.writeBigUInt64BE(BigInt(tag));
  numbers[8] = redelivered ? 1 : 0;
  const payload = Buffer.concat([
    Buffer.of(0, 60, 0, 60),
    short("consumer-1"),
    numbers,
    short(message.exchange),
    short(message.routingKey),
  ]);
  return Buffer.concat([frame(1, CHANNEL, payload), content]);
}

function frame(type: number, channel: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(7);
  head[0] = type;
  head.writeUInt16BE(channel, 1);
  head.writeUInt32BE(payload.length, 3);
  return Buffer.concat([head, payload, Buffer.of(0xce)]);
}

const short = fc.oneof(
  fc.constantFrom("artifact.created", "é", "x".repeat(60)),
  fc.string({ maxLength: 60 }),
);
const scalar = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noInteger: true, noNaN: true }),
  fc.boolean(),
  fc.constant(null),
  fc.uint8Array({ maxLength: 8 }),
  fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => new Date(seconds * 1_000)),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    scalar,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.string({ maxLength: 8 }), tie("value"), { maxKeys: 3, noNullPrototype: true }),
  ),
}));
const properties = fc.record(
  {
    contentType: short,
    contentEncoding: short,
    headers: fc.dictionary(fc.string({ maxLength: 8 }), value, { maxKeys: 4, noNullPrototype: true }),
    deliveryMode: fc.constantFrom(1, 2),
    priority: fc.integer({ min: 0, max: 255 }),
    correlationId: short,
    replyTo: short,
    expiration: short,
    messageId: short,
    // A foreigner's may have the highest of its 64 bits set.
    timestamp: fc.maxSafeInteger(),
    type: short,
    appId: short,
  },
  { requiredKeys: [] },
);
const message: fc.Arbitrary<Outgoing> = fc.record({
  exchange: short,
  routingKey: short,
  mandatory: fc.constant(false),
  properties,
  body: fc.oneof(fc.uint8Array({ maxLength: 50 }), fc.uint8Array({ minLength: 4_000, maxLength: 9_000 })),
});

test("what is encoded is decoded again, whole, however the bytes are cut into pieces", () => {
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 4 }),
      fc.infiniteStream(fc.nat(5_000)),
      (messages, cuts) => {
        const got: Incoming[] = [];
        const frames = new DeliveryFrames(
          () => expect.fail("all of it is a delivery"),
          () => FRAME_MAX,
        );
        frames.receive(
          CHANNEL,
          ({ deliveryTag, redelivered, exchange, routingKey, headers, properties, body }) => {
            got.push({ deliveryTag, redelivered, exchange, routingKey, headers, properties, body });
          },
        );
        const bytes = Buffer.concat(messages.map((each, n) => delivered(each, n + 1, n % 2 === 1)));
        for (let at = 0; at < bytes.length; ) {
          const size = 1 + (cuts.next().value ?? 0);
          frames.read(Buffer.from(bytes.subarray(at, at + size)));
          at += size;
        }
        expect(got.length).toBe(messages.length);
        for (const [n, { properties: sent, exchange, routingKey, body }] of messages.entries()) {
          const { headers = {}, ...plain } = sent;
          // An empty text is not sent at all.
          const told = Object.entries(plain).filter(([, each]) => each !== "" && each !== undefined);
          expect(got[n]).toEqual({
            deliveryTag: n + 1,
            redelivered: n % 2 === 1,
            exchange,
            routingKey,
            headers,
            properties: Object.fromEntries(told),
            body: expect.anything(),
          });
          expect(Buffer.compare(Buffer.from(got[n]?.body ?? []), Buffer.from(body as Uint8Array))).toBe(0);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test("frames that are no deliveries go on whole and in their place between the deliveries", () => {
  const heard: string[] = [];
  const frames = new DeliveryFrames(
    (bytes) => heard.push(`others ${bytes.length}`),
    () => FRAME_MAX,
  );
  frames.receive(CHANNEL, ({ deliveryTag }) => heard.push(`delivery ${deliveryTag}`));
  const plain: Outgoing = { exchange: "", routingKey: "q", mandatory: false, properties: {}, body: "{}" };
  const heartbeat = frame(8, 0, Buffer.alloc(0));
  // A returned message on the same channel: its content is not ours.
  const returned = Buffer.concat([
    frame(1, CHANNEL, Buffer.of(0, 60, 0, 50, 1, 0x38, 0, 0, 0)),
    delivered(plain, 9, false).subarray(8 + delivered(plain, 9, false).readUInt32BE(3)),
  ]);
  frames.read(
    Buffer.concat([heartbeat, delivered(plain, 1, false), returned, delivered(plain, 2, false), heartbeat]),
  );
  expect(heard).toEqual(["others 8", "delivery 1", `others ${returned.length}`, "delivery 2", "others 8"]);
});

test("an empty body is delivered, and what is no AMQP ends the connection", () => {
  const got: number[] = [];
  const frames = new DeliveryFrames(
    () => undefined,
    () => FRAME_MAX,
  );
  frames.receive(CHANNEL, ({ body }) => got.push(body.byteLength));
  frames.read(
    delivered({ exchange: "", routingKey: "q", mandatory: false, properties: {}, body: "" }, 1, false),
  );
  expect(got).toEqual([0]);
  const wrong = delivered(
    { exchange: "", routingKey: "q", mandatory: false, properties: {}, body: "x" },
    1,
    false,
  );
  wrong[wrong.length - 1] = 0;
  expect(() => frames.read(wrong)).toThrow("end octet");
  expect(() => frames.read(Buffer.from("HTTP/1.1 400 Bad Request"))).toThrow("longer than agreed");
});

test("a time beyond what a Date can hold is a number, and can be sent on", () => {
  const microseconds = 1_700_000_000_000_000;
  const table = Buffer.from([0, 0, 0, 12, 2, 0x61, 0x74, 0x54, 0, 0, 0, 0, 0, 0, 0, 0]);
  table.writeBigInt64BE(BigInt(microseconds), 8);
  const headers = new HeadersDecoder().decode(table, 0);
  expect(headers).toEqual({ at: microseconds });
  expect(new HeadersDecoder().decode(new HeadersEncoder().encode(headers), 0)).toEqual(headers);
});

test("headers that cannot be read say why, and those of the next message are read", () => {
  const decoder = new HeadersDecoder();
  const name = [1, 0x61];
  expect(decoder.decode(Buffer.from([0, 0, 0, 4, ...name, 0x3f, 0]), 0)).toEqual({
    [HEADERS.unreadable]: 'of the unknown type "?"',
  });
  let nested: unknown = "deep";
  for (let depth = 0; depth < 100; depth++) nested = depth % 2 === 0 ? [nested] : { nested };
  const encoder = new HeadersEncoder();
  expect(decoder.decode(encoder.encode({ a: nested }), 0)).toEqual({ a: nested });
  expect(decoder.decode(encoder.encode({ a: [nested] }), 0)).toEqual({
    [HEADERS.unreadable]: "nested in more than 100 levels",
  });
  expect(decoder.decode(encoder.encode({ a: 1 }), 0)).toEqual({ a: 1 });
});
