/** `npm run reference -w platform`: writes docs/reference/cli.md. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { buildProgram } from "../program.js";
import { processTerminal } from "../terminal/terminal.js";
import { renderReference } from "./render.js";

const file = fileURLToPath(new URL("../../../../docs/reference/cli.md", import.meta.url));
mkdirSync(path.dirname(file), { recursive: true });
writeFileSync(file, renderReference(buildProgram(processTerminal())));
