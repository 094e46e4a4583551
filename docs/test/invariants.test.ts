import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");
const page = readFileSync(path.join(root, "docs/invariants.md"), "utf8");
const promises = [...page.matchAll(/^(\d+)\. \*\*/gm)].map(([, number]) => Number(number));
const guards = [...page.matchAll(/^ +`([^`]+)`: "([^"]+)"$/gm)].map(([, file, title]) => ({
  file: String(file),
  title: String(title),
}));

test("every promise has a number of its own and a guard", () => {
  expect(promises.length).toBeGreaterThan(0);
  expect(new Set(promises).size).toBe(promises.length);
  const sections = page.split(/^\d+\. (?=\*\*)/m).slice(1);
  expect(sections.filter((section) => !/^ +`[^`]+`: "/m.test(section))).toEqual([]);
});

test.each(guards)("the guard stands: $file “$title”", ({ file, title }) => {
  const where = path.join(root, file);
  expect(existsSync(where), `${file} is gone`).toBe(true);
  expect(readFileSync(where, "utf8")).toContain(title);
});
