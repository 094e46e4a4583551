import { validate, version } from "uuid";
import { expect, test } from "vitest";
import { canonicalJson, eventId } from "../src/index.js";

test("the id of a natural key is the same for ever, whatever the order of its members", () => {
  const id = eventId("fireflies.transcript.ready", { id: "abc", part: { b: 2, a: [1, "x"] } });
  expect(eventId("fireflies.transcript.ready", { part: { a: [1, "x"], b: 2 }, id: "abc" })).toBe(id);
  // Stored events carry ids like this one: another result would make every webhook that is repeated a second event.
  expect(eventId("fireflies.transcript.ready", { id: "abc" })).toBe("170138c8-57a3-5f18-986c-1e43f584aed4");
  expect(validate(id) && version(id) === 5).toBe(true);
});

test("another type, key or kind of value is another id", () => {
  const ids = [
    eventId("artifact.created", { id: 1 }),
    eventId("artifact.created", { id: "1" }),
    eventId("artifact.created", { id: [1] }),
    eventId("artifact.created", 1),
    eventId("artifact.updated", { id: 1 }),
  ];
  expect(new Set(ids).size).toBe(ids.length);
});

test("a key is what JSON can hold", () => {
  expect(canonicalJson({ b: undefined, a: new Date(0), c: null })).toBe(
    '{"a":"1970-01-01T00:00:00.000Z","c":null}',
  );
  for (const key of [Number.NaN, undefined, { id: () => 1 }, [Number.POSITIVE_INFINITY]])
    expect(() => eventId("artifact.created", key)).toThrow(TypeError);
});

test("a key of which nothing is left is refused: every event of its type would have the same id", () => {
  const transcript: { id?: string } = {};
  for (const key of [{ id: transcript.id }, new Map([["id", "a"]])])
    expect(() => eventId("artifact.created", key)).toThrow(/nothing in it/);
  expect(eventId("artifact.created", { id: "a", part: undefined })).toBe(
    eventId("artifact.created", { id: "a" }),
  );
});
