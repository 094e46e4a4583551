import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AmqpError } from "../../src/errors.js";
import { jsonTable, tableOf } from "../../src/wire/plain.js";
import type { Field } from "../../src/wire/table.js";
import { decodeTable, encodeTable } from "../../src/wire/table-codec.js";
import { table } from "./arbitraries.js";

describe("field tables", () => {
  it("come back with every type, width and order they were written with", () => {
    fc.assert(
      fc.property(table, (fields) => {
        const bytes = encodeTable(fields);
        const back = decodeTable(bytes, 0, bytes.length);
        expect([...back]).toEqual([...fields]);
        expect(encodeTable(back).equals(bytes)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("are refused as a syntax error when cut short at any byte", () => {
    fc.assert(
      fc.property(table, fc.nat(), (fields, cut) => {
        const bytes = encodeTable(fields);
        const end = cut % bytes.length;
        expect(() => decodeTable(bytes, 0, end)).toThrow(AmqpError);
      }),
      { numRuns: 300 },
    );
  });

  it("never do worse than a syntax error, whatever their bytes are", () => {
    fc.assert(
      fc.property(table, fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }))), (fields, edits) => {
        const bytes = encodeTable(fields);
        for (const [at, value] of edits) bytes[at % bytes.length] = value;
        try {
          decodeTable(bytes, 0, bytes.length);
        } catch (error) {
          expect(error).toMatchObject({ replyCode: 502 });
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("do not allocate what a length merely claims", () => {
    const claims = Buffer.from([0, 0, 0, 8, 1, 0x61, 0x53, 0x7f, 0xff, 0xff, 0xff, 0x00]);
    expect(() => decodeTable(claims, 0, claims.length)).toThrow("SYNTAX_ERROR");
  });

  it("are refused when nested deeper than any honest table", () => {
    let field: Field = { tag: "V", value: null };
    for (let i = 0; i < 100; i++) field = { tag: "A", value: [field] };
    const bytes = encodeTable(new Map([["deep", field]]));
    expect(() => decodeTable(bytes, 0, bytes.length)).toThrow("nested deeper");
  });

  it("keep a long string that is no UTF-8 as the bytes it is", () => {
    const bytes = encodeTable(new Map([["raw", { tag: "S", value: Buffer.of(0xff, 0xfe) }]]));
    const back = decodeTable(bytes, 0, bytes.length);
    expect(back.get("raw")?.value).toEqual(Buffer.of(0xff, 0xfe));
    expect(encodeTable(back).equals(bytes)).toBe(true);
  });

  it("become JSON and come back as what JSON can say", () => {
    const json = { text: "a", whole: 5, part: 1.5, yes: true, none: null, list: [1, "b"], inner: { x: 1 } };
    expect(jsonTable(tableOf(json))).toEqual(json);
  });

  it("do not let a header named __proto__ be more than a name", () => {
    const bytes = encodeTable(new Map([["__proto__", { tag: "S", value: "x" }]]));
    const json = jsonTable(decodeTable(bytes, 0, bytes.length));
    expect(Object.keys(json)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(json)).toBe(Object.prototype);
  });
});
