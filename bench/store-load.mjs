import { spawn } from "node:child_process";
import path from "node:path";
import { root } from "../scripts/bootstrap.mjs";

/** Fills and asks the stores in a process of its own; gives the figures that it prints. */
export function load(events, folder) {
  return new Promise((resolve, reject) => {
    const args = [path.join(root, "bench/load/store.mjs"), String(events), folder];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let out = "";
    child.stdout.on("data", (text) => {
      out += text;
    });
    child.on("exit", (code) => {
      if (code === 0) resolve(JSON.parse(out));
      else reject(new Error(`store.mjs ended with ${code}`));
    });
  });
}
