// `npm run reference -w platform`: writes docs/reference/cli.md from the commands that were built.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { buildProgram } from "./dist/cli/program.js";
import { renderReference } from "./dist/cli/reference/render.js";
import { processTerminal } from "./dist/cli/terminal/terminal.js";

const file = fileURLToPath(new URL("../docs/reference/cli.md", import.meta.url));
mkdirSync(path.dirname(file), { recursive: true });
writeFileSync(file, renderReference(await buildProgram(processTerminal())));
