// `prepack` puts the built page and the example meeting into the package, so that `npx bb up` has them outside of the
// checkout too; `postpack` takes them away again.
import { cpSync, existsSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
for (const name of ["page", "examples"]) rmSync(here(name), { recursive: true, force: true });
if (process.argv[2] !== "after") {
  if (!existsSync(here("../candybar/dist/index.html"))) {
    console.error("the page is not built: run `npm run build` first");
    process.exit(1);
  }
  cpSync(here("../candybar/dist"), here("page"), { recursive: true });
  cpSync(here("../examples/fireflies/meeting.json"), here("examples/fireflies/meeting.json"));
}
