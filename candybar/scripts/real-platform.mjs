// The built `bb up` on free ports in a temporary folder, and a real Chromium (TEST_CHROMIUM, or /usr/bin/chromium):
// what measurements and screenshots stand on.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { chromium } from "playwright-core";
import { QUIET } from "./chromium.mjs";

export const root = path.join(import.meta.dirname, "../..");

function startPlatform(home, args, env) {
  const data = path.join(home, "data");
  const child = spawn(process.execPath, [path.join(root, "platform/bin/bb.mjs"), "up", ...args], {
    cwd: root,
    env: {
      ...process.env,
      RABBITMQ_URL: "",
      DATABASE_URL: "",
      BLOODBANK_HTTP_PORT: "0",
      BLOODBANK_AMQP_PORT: "0",
      BLOODBANK_MANAGEMENT_PORT: "0",
      BLOODBANK_DATA_DIR: data,
      BLOODBANK_VAULT_DIR: path.join(home, "vault"),
      ...env,
    },
    stdio: "ignore",
  });
  const ended = new Promise((resolve) => child.on("exit", resolve));
  const address = async () => {
    const file = path.join(data, "platform.json");
    while (child.exitCode === null) {
      const http = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).http : undefined;
      const ready = http && (await fetch(`${http}/health/ready`).catch(() => undefined));
      if (ready?.ok) return http;
      await pause(100);
    }
    throw new Error(`the platform ended with ${child.exitCode}`);
  };
  return {
    address,
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** Calls `work` with the platform's address and a browser; afterwards nothing is left. */
export async function withPlatform({ args = [], env = {} }, work) {
  const home = mkdtempSync(path.join(tmpdir(), "candybar-"));
  const platform = startPlatform(home, args, env);
  let browser;
  try {
    const url = await platform.address();
    browser = await chromium.launch({
      executablePath: process.env.TEST_CHROMIUM ?? "/usr/bin/chromium",
      headless: true,
      args: QUIET,
    });
    return await work({ url, browser });
  } finally {
    await browser?.close();
    await platform.stop();
    rmSync(home, { recursive: true, force: true });
  }
}
