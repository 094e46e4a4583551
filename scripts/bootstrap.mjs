// Makes the checkout runnable with nothing but Node and npm: installs and builds only what is stale.
// No dependencies, because nothing is installed yet when it runs.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const stamps = path.join(root, "node_modules", ".cache", "bloodbank");

/** A line for the person in front of the terminal. */
export const say = (line) => process.stderr.write(`${line}\n`);

/** Ends the process with one clear line. */
export function fail(line, code = 1) {
  say(`error: ${line}`);
  process.exit(code);
}

function run(label, command, args, env = {}) {
  const started = Date.now();
  const result = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 64 << 20,
  });
  if (result.status !== 0) {
    say(`${result.stdout ?? ""}${result.stderr ?? ""}`.trimEnd());
    fail(
      `${label} failed (${command} ${args.join(" ")}): ${result.error?.message ?? `exit code ${result.status}`}`,
    );
  }
  say(`${label}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

/** One short text for all files below these places: names, sizes and times, which is enough and takes milliseconds. */
function fingerprint(places) {
  const hash = createHash("sha256").update(`${process.version}\n`);
  const visit = (place) => {
    const stat = statSync(place, { throwIfNoEntry: false });
    if (!stat) return;
    if (stat.isDirectory()) {
      for (const name of readdirSync(place).sort()) {
        if (name !== "node_modules" && name !== "dist") visit(path.join(place, name));
      }
    } else hash.update(`${path.relative(root, place)} ${stat.size} ${stat.mtimeMs}\n`);
  };
  for (const place of places) visit(path.join(root, place));
  return hash.digest("hex");
}

function unlessFresh(name, current, outputs, work) {
  const stamp = path.join(stamps, name);
  const fresh =
    existsSync(stamp) &&
    readFileSync(stamp, "utf8") === current() &&
    outputs.every((output) => existsSync(path.join(root, output)));
  if (fresh) return;
  work();
  mkdirSync(stamps, { recursive: true });
  writeFileSync(stamp, current());
}

/** The workspaces that TypeScript builds, from the root tsconfig: one list, kept in one place. */
function typescriptWorkspaces() {
  const config = JSON.parse(readFileSync(path.join(root, "tsconfig.json"), "utf8"));
  return config.references.map((reference) => reference.path);
}

/** True on return: dependencies are those of the lock file, and every dist/ is that of the sources. */
export function bootstrap() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(`Node ${process.versions.node} is too old: Bloodbank needs 20.19 or newer (https://nodejs.org)`, 2);
  }
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const lock = () =>
    createHash("sha256")
      .update(readFileSync(path.join(root, "package-lock.json")))
      .digest("hex");
  unlessFresh("install", lock, ["node_modules/typescript", "node_modules/.bin/bb"], () =>
    run("install dependencies", npm, ["ci", "--no-audit", "--no-fund", "--loglevel=error"]),
  );
  const workspaces = typescriptWorkspaces();
  unlessFresh(
    "typescript",
    () =>
      fingerprint([
        "tsconfig.base.json",
        "tsconfig.json",
        "holyfields/generated/typescript",
        ...workspaces.flatMap((w) => [`${w}/src`, `${w}/tsconfig.json`, `${w}/testing`]),
      ]),
    workspaces.map((w) => `${w}/dist`),
    () => run("compile", process.execPath, [path.join(root, "node_modules/typescript/bin/tsc"), "-b"]),
  );
  unlessFresh(
    "candybar",
    () =>
      fingerprint([
        "candybar/src",
        "candybar/index.html",
        "candybar/public",
        "candybar/vite.config.ts",
        "candybar/package.json",
        "holyfields/generated/typescript",
      ]),
    ["candybar/dist/index.html"],
    () => run("build the page", npm, ["run", "build", "-w", "candybar", "--loglevel=error"]),
  );
}
