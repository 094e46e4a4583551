/** The built `bb` as a user runs it: a process, its output and its exit code. */
import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { root } from "../../support/running-platform.js";

export const BB = path.join(root, "platform/bin/bb.mjs");

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface BbOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string;
}

/** Nothing of this shell's own platform reaches it. */
export function cleanEnv(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { PATH = "", HOME = "/tmp", TMPDIR } = process.env;
  return { PATH, HOME, ...(TMPDIR && { TMPDIR }), BLOODBANK_DATA_DIR: "/nowhere", NO_COLOR: "1", ...more };
}

export function start(args: readonly string[], { env, cwd = root }: BbOptions = {}): ChildProcess {
  return spawn(process.execPath, [BB, ...args], { cwd, env: cleanEnv(env), stdio: ["pipe", "pipe", "pipe"] });
}

export async function bb(args: readonly string[], options: BbOptions = {}): Promise<Ended> {
  const child = start(args, options);
  let out = "";
  let err = "";
  child.stdout?.on("data", (text) => {
    out += text;
  });
  child.stderr?.on("data", (text) => {
    err += text;
  });
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(options.input ?? "");
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, out, err };
}
