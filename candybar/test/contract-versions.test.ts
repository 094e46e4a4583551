/**
 * Two real versions of a contract on the page: a copy of this project, its contract changed and registered with
 * Holyfields' ledger, its platform, a real browser. Needs TEST_CHROMIUM and a built house.
 */
import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyProject, type Project, type Stop } from "../../platform/test/cli/support/project.js";
import { root } from "../../platform/test/support/running-platform.js";
import { QUIET } from "../scripts/chromium.mjs";

const executablePath = process.env.TEST_CHROMIUM;
const CONTRACT = "holyfields/schemas/worktree/created.v1.schema.json";

describe.skipIf(!executablePath)("a contract that was changed (TEST_CHROMIUM)", () => {
  let project: Project;
  let stop: Stop | undefined;
  let browser: Browser;
  let page: Page;
  let url: string;

  beforeAll(async () => {
    project = copyProject();
    const candybar = path.join(project.folder, "candybar");
    cpSync(path.join(root, "candybar/dist"), path.join(candybar, "dist"), { recursive: true });
    symlinkSync(candybar, path.join(project.folder, "node_modules/@33god/candybar"));
    const file = path.join(project.folder, CONTRACT);
    const schema = JSON.parse(readFileSync(file, "utf8"));
    const { payload } = schema.properties;
    payload.required = [...payload.required, "created_by"];
    payload.properties.purpose = { type: "string", description: "What it is for." };
    for (const example of schema.examples) example.payload.created_by ??= "codex";
    writeFileSync(file, JSON.stringify(schema, null, 2));
    const ledger = (...more: string[]) =>
      project.run(process.execPath, ["holyfields/scripts/ledger.mjs", ...more]);
    // It breaks readers: it is not taken as it stands.
    expect((await ledger()).code).toBe(1);
    expect(await ledger("--force")).toMatchObject({ code: 0, out: expect.stringContaining("1 new") });
    stop = await project.up(["--no-services"], {});
    const runtime = path.join(project.folder, ".bloodbank/platform.json");
    url = JSON.parse(readFileSync(runtime, "utf8")).http;
    browser = await chromium.launch({ executablePath: executablePath ?? "", headless: true, args: QUIET });
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(60_000);
  });
  afterAll(async () => {
    await browser?.close();
    await stop?.();
    project?.remove();
  });

  it("says what changed, whom it breaks, and shows an event that the platform refuses now", async () => {
    await page.goto(`${url}/contracts/worktree.created`);
    const versions = page.getByLabel("Versions", { exact: true });
    await versions.getByText("payload.created_by is required now").waitFor();
    await versions.getByText("payload.purpose", { exact: false }).first().waitFor();
    await versions.getByText("readers of v1.2, by events of v1.1").waitFor();
    await versions.getByText("An event of v1.1 that v1.2 refuses").click();
    await versions.locator(".json").first().waitFor();

    const answer = await fetch(`${url}/schemas/worktree.created/diff?from=v1.1&to=v1.2`);
    const { findings } = (await answer.json()) as { findings: readonly { witness: { payload: object } }[] };
    const payload = findings[0]?.witness.payload;
    const publish = (body: object) =>
      fetch(`${url}/events/worktree.created`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    expect((await publish({ ...payload })).status).toBe(422);
    expect((await publish({ ...payload, created_by: "codex" })).status).toBe(202);

    await versions.getByLabel("From").selectOption("v1.2");
    await versions.getByText("They say the same.").waitFor();
  });
});
