/** The `bb` command: `platform/bin/bb.mjs` imports this. */
import { main } from "./cli/main.js";

await main(process.argv.slice(2));
