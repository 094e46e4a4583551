// `npm run generate`: writes generated/ from schemas/. Names of targets may follow: zod, pydantic, sqlalchemy.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";

const home = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const tsc = path.resolve(home, "../node_modules/typescript/bin/tsc");
// The generator runs from dist/: it must be that of these sources. Errors of generated code are about to go away.
spawnSync(process.execPath, [tsc, "-b", home], { stdio: "ignore" });
const { generate, writeFiles } = await import("../dist/tools/index.js");

const folders = { zod: "typescript", pydantic: "python", sqlalchemy: "sqlalchemy" };
const wanted = process.argv.slice(2);
for (const target of wanted.length > 0 ? wanted : Object.keys(folders)) {
  if (!Object.hasOwn(folders, target)) {
    console.error(`error: no target ${target}; there are ${Object.keys(folders).join(", ")}`);
    process.exit(2);
  }
  const folder = path.join(home, "generated", folders[target]);
  const files = generate({ target });
  const changed = writeFiles(files, folder);
  console.log(`${path.relative(process.cwd(), folder)}: ${files.length} files, ${changed.length} changed`);
}
