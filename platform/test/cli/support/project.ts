/** A copy of this project that a test may change: its own contracts, registry and services, the same dependencies. */
import { type ChildProcess, spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { eventually } from "../../../../bloodbank/client/test/support/eventually.js";
import { root } from "../../support/running-platform.js";
import { cleanEnv, type Ended } from "./bb.js";

const COPIED = [
  ...["package.json", "package-lock.json", "tsconfig.json", "tsconfig.base.json", "vitest.config.ts"],
  ...["holyfields", "bloodbank", "candystore", "platform", "services", "candybar/package.json"],
  ...["python/src", "python/pyproject.toml", "python/README.md"],
];
const LEFT_OUT = /(^|\/)(node_modules|__pycache__|\.venv|\.pytest_cache|test)(\/|$)/;

export interface Project {
  readonly folder: string;
  run(command: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  bb(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  /** `bb up` on free ports; resolves when it is ready, with how it is ended. */
  up(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Stop>;
  remove(): void;
}

export interface Stop {
  (): Promise<void>;
  /** What the platform printed so far. */
  output(): string;
}

export function copyProject(): Project {
  const folder = mkdtempSync(path.join(tmpdir(), "bb-project-"));
  for (const name of COPIED) {
    const from = path.join(root, name);
    if (existsSync(from))
      cpSync(from, path.join(folder, name), {
        recursive: true,
        preserveTimestamps: true,
        // The template's own test goes with it.
        filter: (file) => file.includes("/templates/") || !LEFT_OUT.test(path.relative(root, file)),
      });
  }
  linkModules(folder);
  const data = path.join(folder, ".bloodbank");
  const bin = path.join(folder, "platform/bin/bb.mjs");
  const run: Project["run"] = async (command, args, env = {}) => {
    const child = spawn(command, args, { cwd: folder, env: cleanEnv({ BLOODBANK_DATA_DIR: data, ...env }) });
    let [out, err] = ["", ""];
    child.stdout.on("data", (text) => {
      out += text;
    });
    child.stderr.on("data", (text) => {
      err += text;
    });
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    return { code, out, err };
  };
  const bb: Project["bb"] = (args, env) => run(process.execPath, [bin, ...args], env);
  return {
    folder,
    run,
    bb,
    async up(args, env) {
      const ports = { BLOODBANK_HTTP_PORT: "0", BLOODBANK_AMQP_PORT: "0", BLOODBANK_MANAGEMENT_PORT: "0" };
      const child = spawn(process.execPath, [bin, "up", ...args], {
        cwd: folder,
        env: cleanEnv({ BLOODBANK_DATA_DIR: data, ...ports, ...env }),
        stdio: ["ignore", "pipe", "pipe"],
      });
      let output = "";
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (text) => {
          output += text;
        });
      const stop = async () => {
        child.kill("SIGTERM");
        if (child.exitCode === null) await new Promise((resolve) => child.once("exit", resolve));
      };
      await ready(child, data, () => output);
      return Object.assign(stop, { output: () => output });
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The dependencies are those of this project; its own packages are the copies. */
function linkModules(folder: string): void {
  const modules = path.join(folder, "node_modules");
  mkdirSync(path.join(modules, "@33god"), { recursive: true });
  for (const name of readdirSync(path.join(root, "node_modules")))
    if (!["@33god", ".cache", ".vite", ".vite-temp", ".package-lock.json"].includes(name))
      symlinkSync(path.join(root, "node_modules", name), path.join(modules, name));
  for (const place of [
    "holyfields",
    "bloodbank/client",
    "bloodbank/broker",
    "candystore",
    "platform",
    ...services(folder),
  ]) {
    const { name }: { name: string } = JSON.parse(
      readFileSync(path.join(folder, place, "package.json"), "utf8"),
    );
    symlinkSync(path.join(folder, place), path.join(modules, name));
    // What a workspace has of its own, because another one needs another version.
    const own = path.join(root, place, "node_modules");
    if (existsSync(own)) symlinkSync(own, path.join(folder, place, "node_modules"));
  }
}

const services = (folder: string): readonly string[] =>
  readdirSync(path.join(folder, "services"))
    .map((name) => `services/${name}`)
    .filter((place) => existsSync(path.join(folder, place, "package.json")));

async function ready(child: ChildProcess, data: string, said: () => string): Promise<void> {
  await eventually(async () => {
    if (child.exitCode !== null) throw new Error(`the platform ended with ${child.exitCode}: ${said()}`);
    try {
      const { pid, http } = JSON.parse(readFileSync(path.join(data, "platform.json"), "utf8"));
      return pid === child.pid && (await fetch(`${http}/health/ready`)).ok;
    } catch {
      return false;
    }
  }, "the platform");
}
