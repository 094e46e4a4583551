/**
 * Every snippet of the README, the tutorial and the how-tos, executed in the order of its page, each page against a
 * platform of its own, on each engine of the bus. A comment before a block says what is different about it:
 *
 *   <!-- snippet: skip <why> -->   it is not executed
 *   <!-- snippet: any -->          it is executed, and its exit code is a finding and not a failure
 */
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { transformWithOxc } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { engines } from "../../platform/test/support/engines.js";
import { type RunningPlatform, root, runPlatform } from "../../platform/test/support/running-platform.js";
import { snippetsOf } from "./snippets.js";

const pages = [
  "README.md",
  "docs/tutorial.md",
  ...readdirSync(path.join(root, "docs/how-to")).map((name) => `docs/how-to/${name}`),
].filter((page) => page.endsWith(".md"));

const PATIENCE = 90_000;

/** Runs a command to its end. */
function run(command: string, args: readonly string[], platform: RunningPlatform, interrupted = false) {
  return new Promise<{ code: number; output: string }>((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: {
        ...process.env,
        RABBITMQ_URL: platform.amqp,
        BLOODBANK_DATA_DIR: path.join(platform.folder, "data"),
        NO_COLOR: "1",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (text) => {
        output += text;
      });
    // What goes on until Ctrl-C says so first.
    if (interrupted) child.stdout.once("data", () => child.kill("SIGINT"));
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

async function runTypeScript(code: string, platform: RunningPlatform) {
  // Inside the checkout, so that the packages are found as a service of the house finds them.
  const folder = path.join(root, "node_modules/.cache/bloodbank/snippets");
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${path.basename(platform.folder)}.mjs`);
  writeFileSync(file, (await transformWithOxc(code, "snippet.ts")).code);
  try {
    return await run(process.execPath, [file], platform, code.includes('"SIGINT"'));
  } finally {
    rmSync(file, { force: true });
  }
}

const cases = engines.flatMap((engine) => pages.map((page) => ({ page, engine, on: engine.name })));

describe.each(cases)("$page on $on", ({ page, engine }) => {
  const snippets = snippetsOf(path.join(root, page)).filter(({ note }) => !note.startsWith("skip "));
  const executable = snippets.filter(({ language }) => language === "sh" || language === "ts");
  let platform: RunningPlatform;
  let eventId = "";
  if (executable.length === 0) {
    test("has nothing to execute", () => expect(executable).toEqual([]));
    return;
  }
  let close: () => Promise<void> = async () => undefined;
  beforeAll(async () => {
    if (!engine.available) return;
    const bus = await engine.open();
    close = bus.close;
    platform = await runPlatform({ env: bus.env });
  });
  afterAll(async () => {
    await platform?.stop();
    await close();
  });

  test.skipIf(!engine.available).each(executable)(
    "line $line works as it stands",
    async ({ language, code, note }) => {
      const here = code
        .replaceAll("localhost:8682", new URL(platform.http).host)
        .replaceAll("<event id>", eventId);
      const execute = () =>
        language === "ts" ? runTypeScript(here, platform) : run("sh", ["-ec", here], platform);
      let { code: status, output } = await execute();
      // A reader takes a moment to copy an id; meanwhile what was accepted is published and recorded.
      const until = Date.now() + PATIENCE;
      while (status !== 0 && code.includes("<event id>") && Date.now() < until)
        ({ code: status, output } = await execute());
      if (note !== "any") expect(status, output).toBe(0);
      expect(output.trim()).not.toBe("");
      eventId = /"event_id": ?"([0-9a-f-]{36})"/.exec(output)?.[1] ?? eventId;
    },
  );
});
