/**
 * The page over the real platform, in a real browser: the main job seen by a person. Needs TEST_CHROMIUM and a built
 * house.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Consumer, NonRetryable } from "../../bloodbank/client/src/index.js";
import { rabbitmq } from "../../bloodbank/client/test/support/engines.js";
import { loadCatalog } from "../../holyfields/src/index.js";
import {
  eventually,
  type RunningPlatform,
  root,
  runPlatform,
} from "../../platform/test/support/running-platform.js";
import { QUIET } from "../scripts/chromium.mjs";
import { apiTypes } from "../scripts/generate-api.mjs";

const executablePath = process.env.TEST_CHROMIUM;
const managementUrl = process.env.TEST_RABBITMQ_MANAGEMENT_URL ?? "";
/** Where screenshots go that a person wants to look at; none are made without it. */
const shots = process.env.TEST_SCREENSHOTS;
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
        // On a busy machine a platform may say that it is not ready: an answer that the page is made for.
        if (message.type() === "error" && !message.text().includes("status of 503"))
          complaints.push(`${message.text()} ${message.location().url}`);
      });
      page.setDefaultTimeout(60_000);
    });
    afterAll(async () => {
      await browser?.close();
      await platform?.stop();
      await bus?.close();
      expect(complaints).toEqual([]);
    });
    const publish = async (type: string, payload: object) => {
      const response = await fetch(`${platform.http}/events/${type}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(payload),
      });
      expect(response.status).toBe(202);
      return ((await response.json()) as { event_id: string }).event_id;
    };
    const isRecorded = (id: string) =>
      eventually(async () => (await fetch(`${platform.http}/api/v1/events/${id}`)).ok);
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
      await page.locator(".part.exchange", { hasText: "bloodbank.events.v1" }).waitFor();
      await page.locator(".part.layer", { hasText: "processors" }).first().waitFor();
      await shot("topology");
      await page.getByLabel("Focus on a service or queue").fill("fireflies-transcript-processor");
      for (const part of ["fireflies-transcript-processor", "fireflies.transcript_processor"])
        await page.locator(".part:not(.absent)", { hasText: part }).first().waitFor();
      await shot("topology-focus");
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

    it("filters what is live by the address, holds it, and finds any view by its name", async () => {
      await page.goto(`${platform.http}/?type=artifact.%23`);
      await page.locator(".row", { hasText: "artifact.created" }).first().waitFor();
      expect(await page.locator(".row", { hasText: "fireflies." }).count()).toBe(0);
      await page.keyboard.press("p");
      await page.locator(".pill", { hasText: "Paused" }).waitFor();
      await publish("artifact.created", { artifact_type: "code", file_path: "/while/paused" });
      await page.getByRole("button", { name: "1 new event" }).click();
      await page.locator(".row", { hasText: "/while/paused" }).waitFor();
      await page.keyboard.press("Control+k");
      await page.keyboard.type("worktree.created v1");
      await page.getByRole("option", { name: "worktree.created v1" }).waitFor();
      await page.keyboard.press("Enter");
      await page.waitForURL(`${platform.http}/contracts/worktree.created`);
      await page.getByLabel("Versions", { exact: true }).getByText("v1.1 is the only one.").waitFor();
    });

    it("shows the nodes of the broker, and each service with its instances", async () => {
      await page.goto(`${platform.http}/status`);
      const nodes = page.getByLabel("Broker's nodes");
      await nodes.getByText(/^(\d+) of \1 running$/).waitFor();
      await page.goto(`${platform.http}/services?q=fireflies-transcript-processor`);
      const card = page.getByLabel("fireflies-transcript-processor");
      await card.getByText("connected", { exact: true }).waitFor();
      await card.getByText("1 consumer", { exact: true }).waitFor();
      await card.getByText(/^running, pid \d+/).waitFor();
    });

    it("redrives what was given up at a rate, and sends one back as edited in its contract's form", async () => {
      const queue = "services.page.flaky";
      const taken: { id: string; prompt: string }[] = [];
      let accepts = (_prompt: string) => false;
      const consumer = new Consumer(
        {
          url: platform.amqp,
          catalog: loadCatalog(),
          source: { host: "test", type: "system", app: "flaky" },
        },
        { queue },
      ).on("llm.prompt", ({ event_id, payload: { prompt } }) => {
        if (!accepts(prompt)) throw new NonRetryable("the model is away");
        taken.push({ id: event_id, prompt });
      });
      await consumer.start();
      const ids: string[] = [];
      for (const prompt of ["one", "two", "three", "never"])
        ids.push(await publish("llm.prompt", { provider: "anthropic", prompt }));

      await page.goto(`${platform.http}/dead-letters`);
      const group = page.locator("[data-group]", { hasText: queue });
      await group.getByText("4", { exact: true }).waitFor();
      await group.getByText("the model is away").waitFor();
      // It died before it was recorded, perhaps.
      await isRecorded(ids[0] ?? "");
      await page.goto(`${platform.http}/events/${ids[0]}`);
      await page.locator('[data-befell="failed"]', { hasText: `attempt 1 failed in ${queue}` }).waitFor();
      await page.locator('[data-befell="gave up"]', { hasText: "the model is away" }).waitFor();
      await shot("event-failed");

      accepts = (prompt) => prompt !== "never";
      await page.goto(`${platform.http}/dead-letters`);
      await group.getByRole("button", { name: "Redrive all" }).click();
      await page.getByText(`Send 4 messages back to ${queue}?`).waitFor();
      await page.getByLabel("Messages a second at most").fill("20");
      await page.getByRole("dialog").getByRole("button", { name: "Redrive" }).click();
      await page.locator("[data-redrive]").getByText("4 of 4").waitFor();
      await page.locator("[data-redrive]").getByText("finished", { exact: true }).waitFor();
      await eventually(() => taken.length === 3);
      await group.getByText("1", { exact: true }).waitFor();
      await shot("dead-letters");

      accepts = () => true;
      await group.getByRole("button", { name: "Inspect" }).click();
      await group.getByRole("button", { name: "Edit and redrive" }).click();
      const prompt = group.getByLabel(/^prompt/);
      await prompt.fill("");
      await group.locator(".wrong", { hasText: "is required" }).waitFor();
      await prompt.fill("always");
      await group.getByText("It keeps the contract.").waitFor();
      await shot("dead-letter-form");
      await group.getByRole("button", { name: "Redrive as edited" }).click();
      await group.waitFor({ state: "detached" });
      const edited = await eventually(() => taken.find((one) => one.prompt === "always"));
      expect(ids).not.toContain(edited.id);
      await page.getByLabel("Who did what").getByText("bloodbank.dead_letter.edited").waitFor();
      await page.goto(`${platform.http}/events/${ids[3]}`);
      for (const befell of ["redriven", "edited"])
        await page.locator(`[data-befell="${befell}"]`).first().waitFor();
      await page.locator(".trace-line", { hasText: "llm.prompt" }).nth(1).waitFor();
      await consumer.close();
    });

    it("shows an event that waits for its next attempt, and afterwards that it had failed", async () => {
      const queue = "services.page.slow";
      let accepts = false;
      const consumer = new Consumer(
        { url: platform.amqp, catalog: loadCatalog(), source: { host: "test", type: "system", app: "slow" } },
        { queue },
      ).on("session.started", () => {
        if (!accepts) throw new Error("the disk is full");
      });
      await consumer.start();
      const id = await publish("session.started", { session_id: "waiting" });
      await isRecorded(id);
      await page.goto(`${platform.http}/events/${id}`);
      await page.locator("[data-retrying]", { hasText: `of 6 in ${queue}, next at` }).waitFor();
      await page.locator('[data-befell="retrying"]').waitFor();
      await page
        .locator('[data-befell="failed"]', { hasText: `attempt 1 failed in ${queue}: the disk is full` })
        .waitFor();
      expect(await page.locator(".trace-line .type").allTextContents()).toEqual(["session.started"]);
      await shot("event-retrying");
      accepts = true;
      // On a busy machine it may have come to the ladder's third rung.
      await page.locator("[data-retrying]").waitFor({ state: "detached" });
      expect(await page.locator('[data-befell="failed"]').count()).toBeGreaterThan(0);
      await consumer.close();
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
