import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeFolder } from "../../src/files/make-folder.js";

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), "folders-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test("the folder is there afterwards, with those above it, however often it is asked for", () => {
  const folder = path.join(home, "a", "b", "c");
  for (let i = 0; i < 2; i++) makeFolder(folder);
  makeFolder(`${folder}${path.sep}`);
  makeFolder(path.relative(process.cwd(), path.join(home, "d", "e")));
  expect(statSync(folder).isDirectory()).toBe(true);
  expect(statSync(path.join(home, "d", "e")).isDirectory()).toBe(true);
});

test("a file in the way is an error", () => {
  writeFileSync(path.join(home, "file"), "");
  expect(() => makeFolder(path.join(home, "file"))).toThrow("EEXIST");
  expect(() => makeFolder(path.join(home, "file", "below"))).toThrow(/EEXIST|ENOTDIR/);
});

test.runIf(process.platform === "linux")("where the kernel makes no folders it is an error at once", () => {
  expect(() => makeFolder("/proc/bloodbank/data")).toThrow("ENOENT");
});
