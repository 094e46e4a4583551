// `npm run reference -w platform`: writes the pages of docs/reference that are made from what was built.
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildProgram } from "./dist/cli/program.js";
import { renderReference } from "./dist/cli/reference/render.js";
import { variablesPage } from "./dist/cli/reference/variables-page.js";
import { processTerminal } from "./dist/cli/terminal/terminal.js";
import { PROBLEMS } from "./dist/http/problem-codes.js";
import { problemsPage } from "./dist/http/problems-page.js";

const folder = new URL("../docs/reference/", import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [name, text] of [
  ["cli.md", renderReference(await buildProgram(processTerminal()))],
  ["configuration.md", variablesPage()],
  ["problems.md", problemsPage(PROBLEMS)],
])
  writeFileSync(fileURLToPath(new URL(name, folder)), text);
