import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { ERROR_CODES } from "../../src/index.js";
import { COMPATIBILITY_RULES, LINT_RULES } from "../../src/tools/index.js";

const page = readFileSync(path.resolve(import.meta.dirname, "../../../docs/reference/contracts.md"), "utf8");
const namesUnder = (title: string): string[] => {
  const section = page.split(`## ${title}\n`)[1]?.split("\n## ")[0] ?? "";
  return [...section.matchAll(/^\| `([A-Za-z_-]+)` \|/gm)].map(([, name]) => name!).sort();
};

test("the reference page names every rule and every code, and no others", () => {
  expect(namesUnder("Lint rules")).toEqual(Object.keys(LINT_RULES).sort());
  expect(namesUnder("Compatibility findings")).toEqual(
    [...Object.keys(COMPATIBILITY_RULES), "SUBJECT_REMOVED"].sort(),
  );
  expect(namesUnder("Error codes")).toEqual(Object.keys(ERROR_CODES).sort());
});

test("the reference page says of each lint rule what it asks for, and how much it matters", () => {
  for (const [name, { severity, asks }] of Object.entries(LINT_RULES))
    expect(page).toContain(`| \`${name}\` | ${severity} | ${asks} |`);
});
