import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { type Death, deadLetter, firstDeath } from "../../src/dead-letter/index.js";
import { tableOf } from "../../src/wire/plain.js";
import {
  type ContentProperties,
  decodeProperties,
  encodeProperties,
  newPropertyScan,
  scanProperties,
} from "../../src/wire/properties.js";

const death = (more: Partial<Death> = {}): Death => ({
  queue: "services.ünïcode.queue",
  reason: "expired",
  time: 1_795_532_976_400,
  exchange: "events",
  routingKey: "a.b.c",
  newRoutingKey: undefined,
  ...more,
});

/** As it lies in the log: something before it, something behind. */
function written(properties: ContentProperties, how: Death): Buffer | undefined {
  const encoded = encodeProperties(properties);
  const bytes = Buffer.concat([Buffer.from("before"), encoded, Buffer.from("behind")]);
  const end = 6 + encoded.length;
  const scan = newPropertyScan();
  scanProperties(bytes, 6, end, scan);
  return firstDeath(bytes, 6, end, scan, how);
}

const ALL: ContentProperties = {
  contentType: "application/json",
  contentEncoding: "utf-8",
  headers: tableOf({ foo: 1, text: "ü", nested: { deep: [1, "two", { x: null }] }, xx: true, "x-dash": 1.5 }),
  deliveryMode: 2,
  priority: 3,
  correlationId: "conversation",
  replyTo: "reply",
  expiration: "50000",
  messageId: "id",
  timestamp: 1_795_532_976,
  type: "a.b.c",
  userId: "guest",
  appId: "app",
  clusterId: "cluster",
};
const NAMES = Object.keys(ALL) as (keyof ContentProperties)[];

describe("a first dead letter, written from the message's bytes", () => {
  it("is what it is when all of it is decoded and encoded again, whatever properties it has", () => {
    for (let chosen = 0; chosen < 1 << NAMES.length; chosen += 7) {
      const some: ContentProperties = Object.fromEntries(
        NAMES.filter((_, n) => chosen & (1 << n)).map((name) => [name, ALL[name]]),
      );
      const how = death(chosen % 3 === 0 ? { exchange: "", newRoutingKey: "elsewhere" } : {});
      const expected = encodeProperties(deadLetter(some, how).properties);
      expect(written(some, how)?.toString("hex"), `of ${Object.keys(some)}`).toBe(expected.toString("hex"));
    }
  });

  it("is none for a message that died before, has copies, or tells of a first death", () => {
    for (const headers of [
      deadLetter({}, death()).properties.headers!,
      tableOf({ "x-death": "what?" }),
      tableOf({ foo: 1, CC: ["copy"] }),
      tableOf({ "x-first-death-queue": "q" }),
    ])
      expect(written({ headers }, death())).toBeUndefined();
  });

  it("is left to the decoder, which refuses it, where the headers are broken", () => {
    const bytes = encodeProperties({ headers: tableOf({ foo: "bar" }), messageId: "id" });
    const scan = newPropertyScan();
    scanProperties(bytes, 0, bytes.length, scan);
    // The type of the only field.
    bytes[scan.headersAt + 4 + 1 + 3] = "?".charCodeAt(0);
    expect(firstDeath(bytes, 0, bytes.length, scan, death())).toBeUndefined();
    expect(() => decodeProperties(bytes, 0, bytes.length)).toThrow("unknown field type");
  });

  it("has names of any length and script", () => {
    for (const name of ["", "q".repeat(255), "ß".repeat(127), "漢".repeat(85), "𝒳".repeat(63)]) {
      const how = death({ queue: name, exchange: name, routingKey: name });
      expect(written({}, how)).toEqual(encodeProperties(deadLetter({}, how).properties));
    }
  });
});
