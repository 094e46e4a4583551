import { spawnSync } from "node:child_process";
import path from "node:path";
import { expect, test } from "vitest";

const here = import.meta.dirname;
const tsc = path.resolve(here, "../../../../node_modules/typescript/bin/tsc");

test("a misspelt event type, pattern or member does not compile, and right ones do", () => {
  const result = spawnSync(process.execPath, [tsc, "-p", here], { encoding: "utf8" });
  expect(result.stdout).toBe("");
  expect(result.status).toBe(0);
});
