// `npm run ledger -w holyfields`: adds a revision to schemas/ledger.json for every contract that asserts something
// new, after checking that no stable contract breaks a consumer. To be run, and committed, with the change.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";

const home = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
spawnSync(process.execPath, [path.resolve(home, "../node_modules/typescript/bin/tsc"), "-b", home], {
  stdio: "ignore",
});
const { checkSchemas, loadSchemaSet, readLedger, updateLedger, writeLedger } = await import(
  "../dist/tools/index.js"
);

const { compatible, subjects } = checkSchemas();
for (const { subject, findings, stability } of subjects)
  for (const { message, advice } of findings)
    console.error(`${subject} (${stability}): ${message}. ${advice}`);
if (compatible !== true && !process.argv.includes("--force")) {
  console.error("error: nothing was written. Make a new version, or --force where nobody consumes it yet.");
  process.exit(1);
}
const before = readLedger();
const after = updateLedger(before, loadSchemaSet());
writeLedger(after);
console.log(`${after.revisions.length} revisions, ${after.revisions.length - before.revisions.length} new`);
