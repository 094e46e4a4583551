/** The whole platform as users run it: the built `bb up` in a process of its own, on free ports and a fresh folder. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { get } from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";

export const root = path.resolve(import.meta.dirname, "../../..");

export interface RunningPlatform {
  /** `http://127.0.0.1:…` */
  readonly http: string;
  /** The bus's address, as `bb up` prints it. */
  readonly amqp: string;
  /** Has `data/` and `vault/` in it; removed by `stop`. */
  readonly folder: string;
  readonly process: ChildProcess;
  /** What it printed so far. */
  output(): string;
  /** Ends it as Ctrl-C does, and removes its folder unless `keep`. Resolves with its exit code. */
  stop(options?: { readonly keep?: boolean; readonly signal?: NodeJS.Signals }): Promise<number | null>;
}

export interface RunOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The certificate that it shows, in PEM, where it speaks TLS. */
  readonly ca?: string;
  /** A folder that an earlier run left. */
  readonly folder?: string;
  /** Where it is started, with a registry of its own or without; this checkout by default. */
  readonly cwd?: string;
}

/** Resolves when `/health/ready` answers 200. */
export async function runPlatform({
  args = [],
  env = {},
  ca,
  folder,
  cwd = root,
}: RunOptions = {}): Promise<RunningPlatform> {
  const home = folder ?? mkdtempSync(path.join(tmpdir(), "bloodbank-platform-"));
  const child = spawn(process.execPath, [path.join(root, "platform/bin/bb.mjs"), "up", ...args], {
    cwd,
    env: {
      ...process.env,
      BLOODBANK_HTTP_PORT: "0",
      BLOODBANK_AMQP_PORT: "0",
      BLOODBANK_MANAGEMENT_PORT: "0",
      BLOODBANK_DATA_DIR: path.join(home, "data"),
      BLOODBANK_VAULT_DIR: path.join(home, "vault"),
      NO_COLOR: "1",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (text) => {
      output += text;
    });
  const ended = new Promise<number | null>((resolve) => child.on("exit", (code) => resolve(code)));
  const runtimeFile = path.join(home, "data", "platform.json");
  const addresses = await eventually(async () => {
    if (child.exitCode !== null) throw new Error(`the platform ended with ${child.exitCode}: ${output}`);
    const file = readJson(runtimeFile);
    if (file?.pid !== child.pid) return undefined;
    return (await isReady(`${file?.http}/health/ready`, ca)) ? file : undefined;
  });
  return {
    http: String(addresses.http),
    amqp: String(addresses.amqp),
    folder: home,
    process: child,
    output: () => output,
    async stop({ keep = false, signal = "SIGTERM" } = {}) {
      child.kill(signal);
      const code = await ended;
      if (!keep) rmSync(home, { recursive: true, force: true });
      return code;
    },
  };
}

function isReady(url: string, ca: string | undefined): Promise<boolean> {
  if (ca === undefined)
    return fetch(url).then(
      (response) => response.ok,
      () => false,
    );
  return new Promise((resolve) => {
    get(url, { ca }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).on("error", () => resolve(false));
  });
}

function readJson(file: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

/** Waits until `probe` gives something; an error of it is final. */
export async function eventually<T>(
  probe: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const until = Date.now() + 90_000;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > until) throw new Error(`gave up waiting for ${probe}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
