/** Random tables and properties, every field type of RabbitMQ among them. */
import { Buffer } from "node:buffer";
import fc from "fast-check";
import type { ContentProperties } from "../../src/wire/properties.js";
import type { Field, Table } from "../../src/wire/table.js";

const shortText = fc
  .string({ unit: "grapheme", maxLength: 24 })
  .filter((text) => Buffer.byteLength(text) < 256);

export const field: fc.Arbitrary<Field> = fc.letrec<{ field: Field; table: Table }>((tie) => ({
  field: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.record({ tag: fc.constant("t" as const), value: fc.boolean() }),
    fc.record({ tag: fc.constant("b" as const), value: fc.integer({ min: -128, max: 127 }) }),
    fc.record({ tag: fc.constant("B" as const), value: fc.integer({ min: 0, max: 255 }) }),
    fc.record({ tag: fc.constant("s" as const), value: fc.integer({ min: -32768, max: 32767 }) }),
    fc.record({ tag: fc.constant("u" as const), value: fc.integer({ min: 0, max: 65535 }) }),
    fc.record({ tag: fc.constant("I" as const), value: fc.integer() }),
    fc.record({ tag: fc.constant("i" as const), value: fc.integer({ min: 0, max: 4_294_967_295 }) }),
    fc.record({
      tag: fc.constant("l" as const),
      value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    }),
    fc.record({ tag: fc.constant("T" as const), value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) }),
    fc.record({ tag: fc.constant("f" as const), value: fc.float({ noNaN: true }) }),
    fc.record({ tag: fc.constant("d" as const), value: fc.double({ noNaN: true }) }),
    fc.record({
      tag: fc.constant("D" as const),
      value: fc.record({
        scale: fc.integer({ min: 0, max: 255 }),
        unscaled: fc.integer({ min: 0, max: 4_294_967_295 }),
      }),
    }),
    fc.record({ tag: fc.constant("S" as const), value: fc.string({ unit: "grapheme" }) }),
    fc.record({ tag: fc.constant("x" as const), value: fc.uint8Array().map((bytes) => Buffer.from(bytes)) }),
    fc.record({ tag: fc.constant("V" as const), value: fc.constant(null) }),
    fc.record({ tag: fc.constant("A" as const), value: fc.array(tie("field"), { maxLength: 4 }) }),
    fc.record({ tag: fc.constant("F" as const), value: tie("table") }),
  ) as fc.Arbitrary<Field>,
  table: fc
    .array(fc.tuple(shortText, tie("field")), { maxLength: 5 })
    .map((entries) => new Map(entries) as Table),
})).field;

export const table: fc.Arbitrary<Table> = fc
  .array(fc.tuple(shortText, field), { maxLength: 6 })
  .map((entries) => new Map(entries));

export const properties: fc.Arbitrary<ContentProperties> = fc
  .record(
    {
      contentType: shortText,
      contentEncoding: shortText,
      headers: table,
      deliveryMode: fc.integer({ min: 0, max: 255 }),
      priority: fc.integer({ min: 0, max: 255 }),
      correlationId: shortText,
      replyTo: shortText,
      expiration: shortText,
      messageId: shortText,
      timestamp: fc.maxSafeNat(),
      type: shortText,
      userId: shortText,
      appId: shortText,
      clusterId: shortText,
    },
    { requiredKeys: [] },
  )
  .map((all) => ({ ...all }));
