import type { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AmqpError } from "../../src/errors.js";
import { changedProperties } from "../../src/wire/changed-properties.js";
import {
  decodeProperties,
  encodeProperties,
  newPropertyScan,
  scanProperties,
} from "../../src/wire/properties.js";
import { EMPTY_TABLE } from "../../src/wire/table.js";
import { decodeTable } from "../../src/wire/table-codec.js";
import { properties } from "./arbitraries.js";

describe("message properties", () => {
  it("come back as they were written", () => {
    fc.assert(
      fc.property(properties, (given) => {
        const bytes = encodeProperties(given);
        expect(decodeProperties(bytes, 0, bytes.length)).toEqual(given);
      }),
      { numRuns: 500 },
    );
  });

  it("tell a scan, which decodes nothing, the same as a decoder", () => {
    const scan = newPropertyScan();
    fc.assert(
      fc.property(properties, (given) => {
        const bytes = encodeProperties(given);
        scanProperties(bytes, 0, bytes.length, scan);
        const text = (from: number, to: number) => (from < 0 ? undefined : bytes.toString("utf8", from, to));
        expect({
          deliveryMode: scan.deliveryMode,
          priority: scan.priority,
          headers: scan.headersAt < 0 ? undefined : decodeTable(bytes, scan.headersAt, scan.headersEnd),
          expiration: text(scan.expirationAt, scan.expirationEnd),
          replyTo: text(scan.replyToAt, scan.replyToEnd),
          userId: text(scan.userIdAt, scan.userIdEnd),
        }).toEqual({
          deliveryMode: given.deliveryMode ?? 0,
          priority: given.priority ?? 0,
          headers: given.headers,
          expiration: given.expiration,
          replyTo: given.replyTo,
          userId: given.userId,
        });
      }),
      { numRuns: 500 },
    );
  });

  it("are changed one by one: the others stay the bytes that came", () => {
    const scan = newPropertyScan();
    fc.assert(
      fc.property(properties, properties, (given, { headers = EMPTY_TABLE }) => {
        const bytes = encodeProperties(given);
        scanProperties(bytes, 0, bytes.length, scan);
        const reply = given.replyTo === undefined ? {} : { replyTo: "somewhere else" };
        const { expiration: _, ...rest } = given;
        expect(
          changedProperties(bytes, 0, bytes.length, scan, { headers, ...reply, expiration: null }),
        ).toEqual(encodeProperties({ ...rest, headers, ...reply }));
      }),
      { numRuns: 500 },
    );
  });

  it("need not be text to be kept", () => {
    const scan = newPropertyScan();
    const bytes = encodeProperties({ correlationId: "??", expiration: "1", messageId: "??" });
    for (let at = bytes.indexOf("??"); at >= 0; at = bytes.indexOf("??")) bytes.set([0xff, 0xfe], at);
    scanProperties(bytes, 0, bytes.length, scan);
    const changed = changedProperties(bytes, 0, bytes.length, scan, {
      headers: EMPTY_TABLE,
      expiration: null,
    });
    expect(changed.toString("hex")).toBe("248000000000" + "02fffe" + "02fffe");
    expect(decodeProperties(changed, 0, changed.length).messageId).toBe("\ufffd\ufffd");
  });

  it("end the connection and nothing else when their bytes are wrong", () => {
    const scan = newPropertyScan();
    fc.assert(
      fc.property(
        properties,
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1 }),
        fc.nat(),
        (given, edits, cut) => {
          const bytes = encodeProperties(given);
          for (const [at, value] of edits) bytes[at % bytes.length] = value;
          const end = cut % (bytes.length + 1);
          for (const read of [
            decodeProperties,
            (b: Buffer, a: number, e: number) => scanProperties(b, a, e, scan),
          ]) {
            try {
              read(bytes, 0, end);
            } catch (error) {
              expect(error).toBeInstanceOf(AmqpError);
              expect(error).toMatchObject({ reach: "connection" });
            }
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
