import { spawn } from "node:child_process";
import path from "node:path";
import { root } from "../scripts/bootstrap.mjs";

/** Fills and asks the stores in a process of its own; gives the figures that it prints. */
export function load(events, folder, { script = "store.mjs", env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const args = [path.join(root, "bench/load", script), String(events), folder];
    const child = spawn(process.execPath, args, {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, ...env },
    });
    let out = "";
    child.stdout.on("data", (text) => {
      out += text;
    });
    child.on("exit", (code) => {
      if (code === 0) resolve(JSON.parse(out));
      else reject(new Error(`${script} ended with ${code}`));
    });
  });
}
