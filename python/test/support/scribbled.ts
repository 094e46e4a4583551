/** Bytes of right events with a few places written over. */
import { loadCatalog } from "@33god/holyfields";
import fc from "fast-check";

const texts = loadCatalog().contracts.flatMap(({ examples }) => examples.map((one) => JSON.stringify(one)));

/** What the readers of two languages might take for different things. */
const scribbles = [
  ..."{}[],:\"\\ \t\n\r\f'0-1.eE/",
  "null",
  "true",
  "NaN",
  "-Infinity",
  "[]",
  "{}",
  '""',
  "[[1]]",
  "-0",
  "-0.0",
  "1.0",
  "1e-400",
  "1E5",
  "01",
  "+1",
  "1.",
  ".5",
  "0x10",
  "9".repeat(20),
  "9".repeat(300),
  "9007199254740993",
  "9007199254740993.0",
  "\u0661",
  "\u00a0",
  "\u2028",
  "\ufeff",
  "\u0000",
  "\\u0000",
  "\\ud800",
  "\\udc00\\ud800",
  "\\ud83d\\ude00",
  "\\u00e",
  "\\x41",
  "//",
  "/**/",
  '"__proto__":{"a":1},',
  '"constructor":1,',
  '"toString":null,',
  '"payload":{},',
  '"event_type":"artifact.created",',
  '"version":"v1",',
  '"version":1,',
].map((text) => Buffer.from(text));

/** No UTF-8: a byte of none, half of a surrogate pair, a longer form than need be, what is beyond Unicode. */
const bytes = [[0xff], [0xed, 0xa0, 0x80], [0xc0, 0x80], [0xf4, 0x90, 0x80, 0x80]].map((one) =>
  Buffer.from(one),
);

/** Where, how much is written over, and by what. */
const change = fc.tuple(
  fc.nat(),
  fc.nat({ max: 6 }),
  fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom(...scribbles) },
    { weight: 1, arbitrary: fc.constantFrom(...bytes) },
  ),
);

/** A whole value, so that the body stays JSON more often than not. */
const VALUE = /:("[^"]*"|[0-9.]+|null|true|false)/g;

function written(text: string, at: number, length: number, by: Buffer, whole: boolean): Buffer {
  const values = whole ? [...text.matchAll(VALUE)] : [];
  const value = values[at % Math.max(1, values.length)];
  const start = value === undefined ? at % (text.length + 1) : value.index + 1;
  const end = value === undefined ? start + length : value.index + value[0].length;
  return Buffer.concat([
    Buffer.from(text.slice(0, start), "latin1"),
    by,
    Buffer.from(text.slice(end), "latin1"),
  ]);
}

export const scribbled: fc.Arbitrary<Buffer> = fc
  .tuple(fc.constantFrom(...texts), fc.array(change, { minLength: 1, maxLength: 2 }), fc.boolean())
  .map(([text, changes, whole]) =>
    changes.reduce<Buffer>(
      (body, [at, length, by]) => written(body.toString("latin1"), at, length, by, whole),
      Buffer.from(text),
    ),
  );
