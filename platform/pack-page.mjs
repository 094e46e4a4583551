// Before the package is packed: the built page goes with it, so that `npx bb up` shows it outside of the checkout too.
import { cpSync, existsSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const built = fileURLToPath(new URL("../candybar/dist/", import.meta.url));
const page = fileURLToPath(new URL("page/", import.meta.url));
if (!existsSync(`${built}index.html`)) {
  console.error("the page is not built: run `npm run build` first");
  process.exit(1);
}
rmSync(page, { recursive: true, force: true });
cpSync(built, page, { recursive: true });
