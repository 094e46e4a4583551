// A recorder in a process of its own, to be killed: recorder-process.mjs OPTIONS_JSON SETTINGS_JSON
import { openStore } from "../../dist/index.js";

const [options, settings] = process.argv.slice(2).map((text) => JSON.parse(text));
const store = await openStore(options);
store.onCommitted((position) => process.stdout.write(`${position}\n`));
await store.record(settings);
process.stdout.write("ready\n");
