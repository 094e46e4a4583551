import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { buildProgram } from "../../src/cli/program.js";
import { renderReference } from "../../src/cli/reference/render.js";
import { variablesPage } from "../../src/cli/reference/variables-page.js";
import { root } from "../support/running-platform.js";
import { quietTerminal } from "./support/quiet-terminal.js";

test("docs/reference/cli.md is that of these commands (npm run reference -w platform)", async () => {
  const written = readFileSync(path.join(root, "docs/reference/cli.md"), "utf8");
  expect(written).toBe(renderReference(await buildProgram(quietTerminal)));
});

test("docs/reference/configuration.md is that of these variables (npm run reference -w platform)", () => {
  expect(readFileSync(path.join(root, "docs/reference/configuration.md"), "utf8")).toBe(variablesPage());
});
