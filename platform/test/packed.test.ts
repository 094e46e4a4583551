/**
 * The packages as somebody installs them: packed, installed from their tarballs where nothing of this checkout is,
 * and used by `npx bb up`.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import {
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cleanEnv } from "./cli/support/bb.js";
import { copyProject, type Project } from "./cli/support/project.js";
import { api } from "./support/http.js";
import { eventually, root } from "./support/running-platform.js";

const npm = process.platform === "win32" ? "npm.cmd" : "npm";
const ports = { BLOODBANK_HTTP_PORT: "0", BLOODBANK_AMQP_PORT: "0", BLOODBANK_MANAGEMENT_PORT: "0" };
let home: string;
let project: string;
let checkout: Project | undefined;
let child: ChildProcess | undefined;
beforeAll(async () => {
  home = mkdtempSync(path.join(tmpdir(), "bb-packed-"));
  project = path.join(home, "project");
  const tarballs = path.join(home, "tarballs");
  await pack(tarballs);
  // npm takes what lies there already, if a package asks for it, and removes the rest: nothing is downloaded, and
  // what a package does not name as its dependency is not there when it runs.
  seed(project);
  const files = readdirSync(tarballs).map((name) => path.join(tarballs, name));
  await call(["install", "--offline", "--cache", path.join(home, "cache"), ...files], project);
});
afterAll(() => {
  child?.kill("SIGKILL");
  checkout?.remove();
  rmSync(home, { recursive: true, force: true });
});

async function call(args: readonly string[], cwd: string): Promise<void> {
  const { HOME = home, PATH = "" } = process.env;
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  await promisify(execFile)(npm, [...args, ...quiet], { cwd, env: { HOME, PATH } });
}

/** Every workspace that is published; from a copy, because packing puts files beside those of the checkout. */
async function pack(into: string): Promise<void> {
  checkout = copyProject();
  for (const place of ["candybar/dist", "examples/fireflies"])
    cpSync(path.join(root, place), path.join(checkout.folder, place), { recursive: true });
  const { packages } = JSON.parse(readFileSync(path.join(root, "package-lock.json"), "utf8"));
  const workspaces = Object.keys(packages).filter((place) => {
    const manifest = path.join(root, place, "package.json");
    if (place === "" || place.includes("node_modules") || !existsSync(manifest)) return false;
    return JSON.parse(readFileSync(manifest, "utf8")).private !== true;
  });
  mkdirSync(into, { recursive: true });
  const chosen = workspaces.flatMap((place) => ["-w", place]);
  await call(["pack", "--pack-destination", into, ...chosen], checkout.folder);
}

/** The third-party packages of this checkout that are needed to run, as one folder of them. */
function seed(folder: string): void {
  const { packages }: { packages: Record<string, { dev?: boolean; link?: boolean }> } = JSON.parse(
    readFileSync(path.join(root, "package-lock.json"), "utf8"),
  );
  for (const [place, { dev = false, link = false }] of Object.entries(packages)) {
    const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(place) ?? [];
    const [from, to] = [path.join(root, place), path.join(folder, "node_modules", name ?? "")];
    if (name !== undefined && !dev && !link && existsSync(from) && !existsSync(to))
      cpSync(from, to, { recursive: true, mode: constants.COPYFILE_FICLONE });
  }
  // npm takes no package whose commands are not linked; ours it has to link itself.
  const commands = path.join(root, "node_modules/.bin");
  const theirs = (file: string) => file === commands || !readlinkSync(file).includes("@33god");
  cpSync(commands, path.join(folder, "node_modules/.bin"), {
    recursive: true,
    verbatimSymlinks: true,
    filter: theirs,
  });
}

/** `npx bb up`, until it says that it is ready. */
async function up(): Promise<{ child: ChildProcess; http: string; output(): string }> {
  const env = cleanEnv({ ...ports, BLOODBANK_DATA_DIR: path.join(project, ".bloodbank") });
  const bb = path.join(project, "node_modules/.bin/bb");
  const running = spawn(bb, ["up"], { cwd: project, env, stdio: ["ignore", "pipe", "pipe"] });
  child = running;
  let output = "";
  for (const stream of [running.stdout, running.stderr])
    stream.on("data", (text) => {
      output += text;
    });
  const http = await eventually(async () => {
    if (running.exitCode !== null) throw new Error(`the platform ended with ${running.exitCode}: ${output}`);
    const address = /page and API +(\S+)/.exec(output)?.[1];
    return address !== undefined && (await fetch(`${address}/health/ready`)).ok && address;
  });
  return { child: running, http, output: () => output };
}

test("an installed platform runs the registry's services, and takes the example meeting to file and trace", async () => {
  const { child: running, http, output } = await up();
  const ended = new Promise((resolve) => running.once("exit", resolve));
  try {
    const client = api(http);
    await eventually(async () => {
      const { body } = await client.get("/api/v1/services");
      const processes = body.services.filter((one: { process?: unknown }) => one.process !== null);
      return (
        processes.length === 5 &&
        processes.every(({ process }: { process: { state: string } }) => process.state === "running")
      );
    });
    // What the welcome says to try.
    const [, shown] = /-d @(\S+)/.exec(output()) ?? [];
    const meeting = readFileSync(path.join(project, shown ?? ""), "utf8");
    expect((await client.post("/webhooks/fireflies", JSON.parse(meeting))).status).toBe(202);
    const note = await eventually(() => {
      const vault = path.join(project, "vault");
      if (!existsSync(vault)) return undefined;
      const files = readdirSync(vault, { recursive: true }).map(String);
      return files.find((file) => file.endsWith(".md"));
    });
    expect(readFileSync(path.join(project, "vault", note), "utf8")).toMatch(/^---\n/);
    const { events } = await eventually(async () => {
      const { body } = await client.get("/api/v1/events");
      return body.events.length === 3 && body;
    });
    const { body: trace } = await client.get(`/api/v1/events/trace/${events[0].event_id}`);
    expect(trace.nodes).toHaveLength(3);
    expect(await (await fetch(http)).text()).toContain("<title>");
  } finally {
    running.kill("SIGTERM");
    expect(await ended).toBe(0);
  }
});
