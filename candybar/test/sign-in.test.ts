/** The page of a platform that asks for a token, in a real browser. Needs TEST_CHROMIUM and a built house. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningPlatform, runPlatform } from "../../platform/test/support/running-platform.js";
import { QUIET } from "../scripts/chromium.mjs";

const executablePath = process.env.TEST_CHROMIUM;
const READER = "reader-0123456789abcdef";

describe.skipIf(!executablePath)("signing in (TEST_CHROMIUM)", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "candybar-tokens-"));
  let platform: RunningPlatform;
  let browser: Browser;
  beforeAll(async () => {
    const tokens = path.join(folder, "tokens");
    writeFileSync(tokens, `${READER}, rob, reader\n`);
    platform = await runPlatform({ args: ["--no-services"], env: { BLOODBANK_TOKENS: tokens } });
    browser = await chromium.launch({ executablePath: executablePath ?? "", headless: true, args: QUIET });
  });
  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("asks for a token once, leads back to where one was, says what a reader may not do and when the token no longer holds", async () => {
    const page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(`${platform.http}/contracts/llm.prompt`);
    await page.waitForURL(`${platform.http}/sign-in?to=%2Fcontracts%2Fllm.prompt`);
    await page.getByLabel("Your token").fill("no-such-token");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("No such token is known.").waitFor();
    await page.getByLabel("Your token").fill(READER);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(`${platform.http}/contracts/llm.prompt`);
    await page.getByRole("button", { name: "Publish as a test event" }).click();
    await page.locator(".said.bad", { hasText: "rob is a reader" }).waitFor();

    await page.context().clearCookies();
    await page.getByRole("link", { name: "Live", exact: true }).click();
    await page.getByRole("link", { name: "sign in again" }).click();
    await page.waitForURL(`${platform.http}/sign-in`);
    expect(await page.getByLabel("Your token").isVisible()).toBe(true);

    await page.goto(`${platform.http}/?type=llm.%23`);
    await page.getByLabel("Your token").fill(READER);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.locator(".pill.ok", { hasText: "Live" }).waitFor();
    await page.context().clearCookies();
    await page.getByLabel("Source", { exact: true }).fill("curl");
    await page.getByRole("link", { name: "sign in again" }).click();
    await page.getByLabel("Your token").fill(READER);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.locator(".pill.ok", { hasText: "Live" }).waitFor();
    expect(new URL(page.url()).search).toBe("?type=llm.%23&source=curl");
  });
});
