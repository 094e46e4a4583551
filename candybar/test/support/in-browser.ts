/** A page of the fixture server in a real Chromium (TEST_CHROMIUM), fresh for each test; errors in it fail the test. */
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from "vitest";
import { QUIET } from "../../scripts/chromium.mjs";
import { FixtureServer } from "../fixture-server.mjs";

const executablePath = process.env.TEST_CHROMIUM;

export interface Opened {
  readonly server: FixtureServer;
  readonly url: string;
  readonly page: Page;
  /** An event of the fixture's with effects, failures and a dead letter. */
  readonly ready: { readonly event_id: string };
}

export function inBrowser(title: string, cases: (opened: () => Opened) => void): void {
  describe.skipIf(!executablePath)(`${title} (TEST_CHROMIUM)`, () => {
    let browser: Browser;
    let opened: Opened | undefined;
    const complaints: string[] = [];

    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: executablePath ?? "", headless: true, args: QUIET });
    });
    afterAll(() => browser?.close());
    beforeEach(async () => {
      const server = new FixtureServer();
      const url = await server.start();
      const ready = server.populate();
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      complaints.length = 0;
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.setDefaultTimeout(60_000);
      opened = { server, url, page, ready };
    });
    afterEach(async () => {
      await opened?.page.close();
      await opened?.server.stop();
      expect(complaints).toEqual([]);
    });
    cases(() => {
      if (opened === undefined) throw new Error("no page");
      return opened;
    });
  });
}

export const rowsOf = (page: Page) => page.locator(".row");
export const live = (page: Page) => page.locator(".pill.ok", { hasText: "Live" }).waitFor();
