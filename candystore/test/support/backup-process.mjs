// A backup in a process of its own, to be killed: backup-process.mjs OPTIONS_JSON FILE
import { openStore } from "../../dist/index.js";

const [options, file] = process.argv.slice(2);
const store = await openStore(JSON.parse(options));
const backup = store.backup(file);
process.stdout.write("begun\n");
await backup;
process.stdout.write("done\n");
await store.close();
