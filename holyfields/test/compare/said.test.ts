/** What a finding says to a person. */
import { expect, test } from "vitest";
import { compareSchemas } from "../../src/tools/index.js";

const str = { type: "string" };
const open = (properties: object, more: object = {}) => ({ type: "object", properties, ...more });

test("a finding says which of the two does not take what, and what to do about it, in either direction", () => {
  const [loose, strict] = [open({ a: str }), open({ a: str }, { required: ["a"] })];
  const said = (older: unknown, newer: unknown) =>
    compareSchemas(older, newer, { mode: "FULL" }).findings.map(
      ({ message, advice }) => `${message}. ${advice}`,
    );
  expect(said(loose, strict)).toEqual([
    'the value can be without "a"; the new schema does not take that. Make the member optional, or publish a new version (v<N+1>): consumers of the new schema meet what was recorded under the old one.',
  ]);
  expect(said(strict, loose)).toEqual([
    'the value can be without "a"; the old schema does not take that. Leave it as it was, or publish a new version (v<N+1>): consumers that still run meet what new producers send.',
  ]);
  expect(said({ ...str, pattern: "^a$" }, { ...str, pattern: "^(a)$" })[0]).toMatch(
    /^the value need not match \^\(a\)\$; whether the new schema takes that is not known\. /,
  );
});
