// A restore in a process of its own, to be killed: restore-process.mjs FILE OPTIONS_JSON
import { restoreStore } from "../../dist/index.js";

const [file, options] = process.argv.slice(2);
await restoreStore(file, JSON.parse(options));
