/** What a delivery says beside the event is kept in a short text, and given back from it. */
import { expect, test } from "vitest";
import { decodeFacts, encodeFacts } from "../src/record/facts.js";

const implied = { id: "0194b0c0-0000-7000-8000-000000000001", type: "artifact.created", app: "imi" };
const usual = {
  contentType: "application/json",
  deliveryMode: 2,
  messageId: implied.id,
  type: implied.type,
  appId: implied.app,
};

test.each([
  ["nothing but what the event says", usual, {}, "[55]"],
  ["a time as well", { ...usual, timestamp: 1_767_225_600 }, {}, '[55,{"timestamp":1767225600}]'],
  ["a time that is no whole number", { ...usual, timestamp: 0.5 }, {}, '[55,{"timestamp":0.5}]'],
  ["a time that is no number", { ...usual, timestamp: '"' }, {}, '[55,{"timestamp":"\\""}]'],
  ["a time and more", { timestamp: 1, priority: 3 }, {}, '[0,{"timestamp":1,"priority":3}]'],
  ["another id", { ...usual, messageId: "another" }, {}, '[51,{"messageId":"another"}]'],
  ["a property that is not there", { ...usual, priority: undefined }, {}, "[55]"],
  ["headers", { timestamp: 1 }, { a: true }, '[0,{"timestamp":1},{"a":true}]'],
])("a delivery with %s", (_title, properties, headers, text) => {
  expect(encodeFacts({ properties, headers, violations: [] }, implied)).toBe(text);
  expect(decodeFacts(text, implied)).toEqual({ properties, headers, violations: [] });
});
