import { describe, expect, test } from "vitest";
import {
  BadVariable,
  httpUrl,
  jsonLog,
  mayPass,
  oneOf,
  pause,
  retryAfter,
  text,
  wholeNumber,
} from "../src/index.js";

describe("the environment", () => {
  test("empty and missing variables are the same", () => {
    expect(text({ A: "  " }, "A")).toBeUndefined();
    expect(text({}, "A")).toBeUndefined();
    expect(text({ A: " b " }, "A")).toBe("b");
  });

  test("a wrong value is refused with the variable's name and the value", () => {
    expect(() => httpUrl({ X_URL: "ftp://a" }, "X_URL")).toThrow(BadVariable);
    expect(() => httpUrl({ X_URL: "nothing" }, "X_URL")).toThrow(/X_URL.*"nothing"/);
    expect(() => wholeNumber({ N: "1.5" }, "N", 0)).toThrow(/N.*"1.5"/);
    expect(() => oneOf({ L: "loud" }, "L", ["quiet"])).toThrow(/none of quiet/);
  });
});

describe("Retry-After", () => {
  const now = Date.parse("2026-02-03T09:00:00Z");

  test("is read as seconds or as a date", () => {
    expect(retryAfter("2", now)).toBe(2_000);
    expect(retryAfter("Tue, 03 Feb 2026 09:00:30 GMT", now)).toBe(30_000);
    expect(retryAfter("Tue, 03 Feb 2026 08:00:00 GMT", now)).toBe(0);
  });

  test.each([null, undefined, "", "soon", "-1"])("says nothing when it is %j", (value) => {
    expect(retryAfter(value, now)).toBeUndefined();
  });
});

test("statuses that may pass are told from those that will not", () => {
  expect([408, 425, 429, 500, 503].filter((status) => !mayPass(status))).toEqual([]);
  expect([400, 401, 404, 422].filter(mayPass)).toEqual([]);
});

test("a pause ends at once when it is told to stop", async () => {
  const stop = new AbortController();
  const waiting = pause(60_000, stop.signal);
  stop.abort(new Error("told to stop"));
  await expect(waiting).rejects.toThrow("told to stop");
  await expect(pause(60_000, stop.signal)).rejects.toThrow("told to stop");
  await pause(1, new AbortController().signal);
});

test("a log line is JSON with the service's name, and lines below the level are not written", () => {
  const lines: string[] = [];
  const log = jsonLog("a-service", "warn", (line) => lines.push(line));
  log("info", "not this");
  log("error", "this", { queue: "q" });
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { level: 50, time: expect.any(Number), name: "a-service", queue: "q", msg: "this" },
  ]);
});
