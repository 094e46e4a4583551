// `prepack` puts the registry and its schema into the package, `postpack` takes them away again: in the checkout they
// lie in services/, and nowhere else.
import { copyFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
for (const name of ["registry.yaml", "registry.schema.json"])
  if (process.argv[2] === "after") rmSync(here(name), { force: true });
  else copyFileSync(here(`../${name}`), here(name));
