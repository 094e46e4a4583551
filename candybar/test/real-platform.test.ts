/**
 * The page over the real platform, in a real browser: the main job seen by a person. Needs TEST_CHROMIUM and a built
 * house.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rabbitmq } from "../../bloodbank/client/test/support/engines.js";
import {
  eventually,
  type RunningPlatform,
  root,
  runPlatform,
} from "../../platform/test/support/running-platform.js";
import { apiTypes } from "../scripts/generate-api.mjs";

const executablePath = process.env.TEST_CHROMIUM;
const managementUrl = process.env.TEST_RABBITMQ_MANAGEMENT_URL ?? "";
/** Where screenshots go that a person wants to look at; none are made without it. */
const shots = process.env.TEST_SCREENSHOTS;
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const engines = [
  { engine: "embedded broker", available: true, open: async () => ({ env: {}, close: async () => {} }) },
  {
    engine: "RabbitMQ",
    available: rabbitmq.available,
    open: async () => {
      const bus = await rabbitmq.open();
      return { env: { RABBITMQ_URL: bus.url, RABBITMQ_MANAGEMENT_URL: managementUrl }, close: bus.close };
    },
  },
];

describe.each(engines)("the page over the platform on the $engine", ({ available, open }) => {
  describe.skipIf(!executablePath || !available)("(TEST_CHROMIUM)", () => {
    let bus: Awaited<ReturnType<typeof open>>;
    let platform: RunningPlatform;
    let browser: Browser;
    let page: Page;
    const complaints: string[] = [];

    beforeAll(async () => {
      bus = await open();
      platform = await runPlatform({ env: bus.env });
      browser = await chromium.launch({
        executablePath: executablePath ?? "",
        headless: true,
        args: QUIET,
      });
      page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("console", (message) => {
        if (message.type() === "error") complaints.push(message.text());
      });
      page.setDefaultTimeout(15_000);
    });
    afterAll(async () => {
      await browser?.close();
      await platform?.stop();
      await bus?.close();
      expect(complaints).toEqual([]);
    });
    const shot = async (name: string) => {
      if (shots) await page.screenshot({ path: path.join(shots, `${name}.png`) });
    };

    it("shows the posted meeting as three events, and their chain on a click", async () => {
      await page.goto(platform.http);
      await page.locator(".pill.ok", { hasText: "Live" }).waitFor();
      const meeting = readFileSync(path.join(root, "examples/fireflies/meeting.json"));
      const response = await fetch(`${platform.http}/webhooks/fireflies`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: meeting,
      });
      expect(response.status).toBe(202);
      const { event_id } = (await response.json()) as { event_id: string };
      const types = ["fireflies.transcript.ready", "artifact.created", "fireflies.transcript.processed"];
      for (const type of types) await page.locator(".row", { hasText: type }).first().waitFor();
      await shot("live");
      await page.locator(".row", { hasText: "fireflies.transcript.ready" }).first().click();
      await page.locator(".trace-line").nth(2).waitFor();
      expect(page.url()).toBe(`${platform.http}/events/${event_id}`);
      const shown = await page.locator(".trace-line .type").allTextContents();
      expect(shown[0]).toBe("fireflies.transcript.ready");
      expect(shown.slice(1).sort()).toEqual(["artifact.created", "fireflies.transcript.processed"]);
      await shot("event");
      await eventually(() => filesBelow(path.join(platform.folder, "vault")).length === 1);
    });

    it("shows the services of the registry as connected, and the queues that they read", async () => {
      await page.goto(`${platform.http}/topology`);
      await page.getByText("fireflies-transcript-processor").first().waitFor();
      await page.getByText("bloodbank.events.v1").first().waitFor();
      await shot("topology");
      await page.goto(`${platform.http}/services`);
      await page.getByText("fireflies-transcript-processor").first().waitFor();
      await shot("services");
      await page.goto(`${platform.http}/status`);
      await page.getByText("broker", { exact: false }).first().waitFor();
      await shot("health");
    });

    it("publishes a test event from a contract's example", async () => {
      await page.goto(`${platform.http}/contracts/artifact.created`);
      await page
        .getByRole("button", { name: /publish/i })
        .first()
        .waitFor();
      await shot("contracts");
      await page
        .getByRole("button", { name: /publish/i })
        .first()
        .click();
      await eventually(async () => {
        const answer = await fetch(`${platform.http}/api/v1/events?type=artifact.created`);
        const { events } = (await answer.json()) as { events: readonly unknown[] };
        return events.length >= 2;
      });
    });

    it("is typed by the document that this platform answers", async () => {
      const committed = readFileSync(path.join(root, "candybar/src/api/openapi.d.ts"), "utf8");
      expect(await apiTypes(platform.http)).toBe(committed);
    });

    it("replays the chain to the queue of one service", async () => {
      await page.goto(platform.http);
      await page.locator(".row", { hasText: "fireflies.transcript.ready" }).first().click();
      await page.getByRole("link", { name: "Replay", exact: true }).click();
      await page.getByLabel("To", { exact: true }).fill("services.fireflies.transcript_notifier");
      await page.getByRole("button", { name: "Preview" }).click();
      await page.getByRole("button", { name: "Replay 3…" }).click();
      await page.getByRole("button", { name: "Replay", exact: true }).click();
      await page.locator("[data-replay]").getByText("finished", { exact: true }).waitFor();
      await shot("replays");
    });
  });
});

function filesBelow(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(".md"))
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}
