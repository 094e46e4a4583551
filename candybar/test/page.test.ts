/**
 * The page in a real browser, as a person uses it, against the fixture server. Needs TEST_CHROMIUM (the path of a
 * Chromium) and a built page (`npm run build -w candybar`).
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { FixtureServer } from "./fixture-server.mjs";

const executablePath = process.env.TEST_CHROMIUM;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

describe.skipIf(!executablePath)("the page in a browser (TEST_CHROMIUM)", () => {
  let browser: Browser;
  let server: FixtureServer;
  let url: string;
  let page: Page;
  let ready: { event_id: string };
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath ?? "", headless: true, args: QUIET });
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    server = new FixtureServer();
    url = await server.start();
    ready = server.populate();
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    complaints.length = 0;
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.setDefaultTimeout(10_000);
  });
  afterEach(async () => {
    await page.close();
    await server.stop();
    expect(complaints).toEqual([]);
  });

  const rows = () => page.locator(".row");
  const live = () => page.locator(".pill.ok", { hasText: "Live" }).waitFor();

  it("shows an event when it happens, and on a click the event with its trace", async () => {
    await page.goto(url);
    await live();
    const cause = server.happen(
      "fireflies.transcript.ready",
      { title: "Just now" },
      { app: "fireflies-webhook" },
    );
    await rows().filter({ hasText: "Just now" }).waitFor();
    server.happen("artifact.created", { file_path: "/vault/just-now.md" }, { causes: [cause.event_id] });
    await rows().filter({ hasText: "Just now" }).click();
    await page.locator(".trace-line").nth(1).waitFor();
    expect(await page.locator(".trace-line .type").allTextContents()).toEqual([
      "fireflies.transcript.ready",
      "artifact.created",
    ]);
    expect(page.url()).toBe(`${url}/events/${cause.event_id}`);
    await page.locator(".trace-line").nth(1).click();
    await page.locator(".json", { hasText: "/vault/just-now.md" }).first().waitFor();
  });

  it("opens an event by its address, with payload, verdict and the chain", async () => {
    await page.goto(`${url}/events/${ready.event_id}`);
    await page.locator(".trace-line").nth(3).waitFor();
    expect(await page.locator(".trace-line .type").allTextContents()).toEqual([
      "fireflies.transcript.ready",
      "artifact.created",
      "artifact.ingestion.failed",
      "fireflies.transcript.processed",
    ]);
    await page.getByText("keeps its contract").waitFor();
    await page.getByRole("button", { name: /sentences/ }).click();
    await page.getByRole("button", { name: "462 more" }).click();
    await page.getByRole("button", { name: "262 more" }).waitFor();
  });

  it("says why an event is invalid", async () => {
    await page.goto(`${url}/?valid=false`);
    await rows().first().click();
    await page.locator(".verdict", { hasText: "/payload/audio_metadata/confidence" }).waitFor();
    expect(await rows().count()).toBe(1);
  });

  it("checks what arrives itself, and marks what the platform calls valid and is not", async () => {
    const before = server.add("artifact.created", { artifact_type: "code", file_path: 7 });
    await page.goto(url);
    await live();
    await rows().filter({ hasText: "doubtful" }).waitFor();
    const after = server.add("session.started", { session_id: [] });
    await page.locator(`.row[href="/events/${after.event_id}"] .tag`, { hasText: "doubtful" }).waitFor();
    await page.locator(`.row[href="/events/${before.event_id}"]`).click();
    await page.locator(".doubts", { hasText: "/payload/file_path" }).waitFor();
    await page.getByText("keeps its contract").waitFor();
  });

  it("resumes after a cut without a gap and without a double", async () => {
    await page.goto(`${url}/?type=session.%23`);
    await live();
    for (let n = 0; n < 5; n++) server.add("session.started", { session_id: "s", name: `s${n}` });
    await rows().filter({ hasText: "s4" }).waitFor();
    server.cut();
    await page.locator(".pill", { hasText: "Not live" }).waitFor();
    for (let n = 5; n < 10; n++) server.add("session.started", { session_id: "s", name: `s${n}` });
    await rows().filter({ hasText: "s9" }).waitFor();
    await live();
    const names = (await page.locator(".row .says").allTextContents()).map((text) => text.trim());
    expect(names).toEqual([
      "s9",
      "s8",
      "s7",
      "s6",
      "s5",
      "s4",
      "s3",
      "s2",
      "s1",
      "s0",
      expect.stringContaining("bloodbank"),
    ]);
  });

  it("keeps the place while paused, counts what comes, and catches up", async () => {
    await page.goto(url);
    await live();
    await page.keyboard.press("p");
    await page.locator(".pill", { hasText: "Paused" }).waitFor();
    const first = await rows().first().textContent();
    for (let n = 0; n < 3; n++) server.add("session.started", { session_id: "s", name: `late ${n}` });
    await page.getByRole("button", { name: "3 new events" }).waitFor();
    expect((await rows().first().textContent())?.slice(0, 30)).toBe(first?.slice(0, 30));
    await page.getByRole("button", { name: "3 new events" }).click();
    await rows().filter({ hasText: "late 2" }).waitFor();
  });

  it("filters by type, source and text, and keeps the filter in the address", async () => {
    await page.goto(url);
    await page.getByLabel("Type or pattern").fill("theboard.#");
    await page.waitForURL(/type=/);
    await page.getByLabel("Source", { exact: true }).fill("theboard-meeting-trigger");
    await page.waitForURL(/source=/);
    await page.waitForFunction(() => document.querySelectorAll(".row").length === 1);
    await page.getByLabel("Text").fill("no such words");
    await page.getByText("No event matches these filters.").waitFor();
    await page.getByRole("button", { name: "Clear the filters" }).click();
    await rows().nth(10).waitFor();
  });

  it("is driven by keyboard: steps through events, and opens one by its id", async () => {
    await page.goto(url);
    await rows().first().waitFor();
    await page.keyboard.press("j");
    await page.locator("article.event", { hasText: "artifact.ingestion.failed" }).waitFor();
    await page.keyboard.press("j");
    await page.locator("article.event h1", { hasText: "fireflies.transcript.processed" }).waitFor();
    await page.keyboard.press("Escape");
    await page.waitForURL(`${url}/`);
    await page.keyboard.press("Control+k");
    await page.keyboard.type(ready.event_id);
    await page.keyboard.press("Enter");
    await page.waitForURL(`${url}/events/${ready.event_id}`);
  });

  it.each([390, 700, 1000, 1200, 1400])("shows every row whole at %i px", async (width) => {
    await page.setViewportSize({ width, height: 800 });
    for (const address of ["/", `/events/${ready.event_id}`]) {
      await page.goto(url + address);
      await rows().nth(5).waitFor({ state: "attached" });
      const cut = await rows().evaluateAll((all) =>
        all.filter((row) => row.scrollHeight > row.clientHeight + 1).map((row) => row.textContent),
      );
      expect(cut).toEqual([]);
    }
  });

  it("says what to do when nothing has happened yet", async () => {
    server.events = [];
    await page.goto(url);
    await page.getByText("Nothing has happened yet.").waitFor();
    expect(await page.locator(".snippet").textContent()).toContain(`curl -X POST ${url}/webhooks/fireflies`);
  });

  it.each(["down", "nonsense", "slow"])(
    "says so when the API is %s, and recovers by itself",
    async (mood) => {
      page.setDefaultTimeout(20_000);
      server.mood = mood;
      await page.goto(url);
      await page.locator(".state.bad").first().waitFor();
      await page.locator(".pill", { hasText: "Not live" }).waitFor();
      server.mood = "well";
      await live();
      await rows().nth(5).waitFor();
      await page.locator(".banner").waitFor({ state: "detached" });
    },
  );

  it("publishes a test event from an example, checked as one types", async () => {
    await page.goto(`${url}/contracts/artifact.created`);
    await page.getByText("It keeps the contract.").waitFor();
    const box = page.getByLabel("A whole event as JSON");
    const event = JSON.parse(await box.inputValue());
    await box.fill(JSON.stringify({ ...event, payload: {} }));
    await page.locator(".said", { hasText: "/payload/file_path" }).waitFor();
    await box.fill(JSON.stringify({ ...event, payload: { ...event.payload, title: "By hand" } }));
    await page.getByText("It keeps the contract.").waitFor();
    await page.getByRole("button", { name: "Publish as a test event" }).click();
    await page.getByRole("link", { name: "See the event" }).click();
    await page.locator(".json", { hasText: "By hand" }).first().waitFor();
  });

  it("redrives a group of dead letters after asking with the count", async () => {
    await page.goto(`${url}/dead-letters`);
    await page.getByRole("button", { name: "Redrive all" }).click();
    await page.getByText("Send 7 messages back to services.agent.feedback_router?").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Redrive" }).click();
    await page.waitForFunction(() => document.querySelectorAll("[data-group]").length === 1);
    expect(server.deadLetters.redriven).toHaveLength(7);
    await page.locator("[data-redrive]").getByText("7 of 7").waitFor();
  });

  it("redrives at a rate, shows how far it is, and pauses, resumes and cancels it", async () => {
    await page.goto(`${url}/dead-letters`);
    await page.getByRole("button", { name: "Redrive all" }).click();
    // The first goes after 20 s: what is seen here is what was asked for.
    await page.getByLabel("Messages a second at most").fill("0.05");
    await page.getByRole("dialog").getByRole("button", { name: "Redrive" }).click();
    const card = page.locator("[data-redrive]");
    await card.getByText("0 of 7").waitFor();
    await card.getByText("0.05 a second at most").waitFor();
    for (const [act, state] of [
      ["Pause", "paused"],
      ["Resume", "running"],
      ["Cancel", "cancelled"],
    ] as const) {
      await card.getByRole("button", { name: act }).click();
      await card.getByText(state, { exact: true }).waitFor();
    }
    expect(server.deadLetters.letters).toHaveLength(8);
  });

  it("sends a dead letter back as edited in the form of its contract, once it keeps it", async () => {
    await page.goto(`${url}/dead-letters`);
    const group = page.locator("[data-group]").last();
    await group.getByRole("button", { name: "Inspect" }).click();
    await group.getByRole("button", { name: "Edit and redrive" }).click();
    const title = group.getByLabel(/^title/);
    const before = await title.inputValue();
    await title.fill("");
    await group.locator(".contract-form .wrong", { hasText: "is required, but is missing" }).waitFor();
    expect(await title.getAttribute("aria-invalid")).toBe("true");
    expect(await page.getByRole("button", { name: "Redrive as edited" }).isDisabled()).toBe(true);
    await title.fill(`${before}, repaired`);
    await page.getByText("It keeps the contract.").waitFor();
    await group.getByRole("button", { name: "JSON", exact: true }).click();
    expect(JSON.parse(await page.getByLabel("The event as JSON").inputValue()).payload.title).toBe(
      `${before}, repaired`,
    );
    await page.getByRole("button", { name: "Redrive as edited" }).click();
    await page.waitForFunction(() => document.querySelectorAll("[data-group]").length === 1);
    expect(server.deadLetters.redriven).toEqual(["services.fireflies.transcript_processor.dlq/1"]);
  });

  it("shows along the trace each failed attempt and the end among the dead letters", async () => {
    await page.goto(`${url}/events/${ready.event_id}`);
    await page.locator("[data-befell]").nth(6).waitFor();
    const befell = await page
      .locator("[data-befell]")
      .evaluateAll((all) => all.map((line) => line.getAttribute("data-befell")));
    expect(befell).toEqual([...Array.from({ length: 6 }, () => "failed"), "gave up"]);
    await page.getByText("given up by services.fireflies.transcript_processor: The vault is not").waitFor();
  });

  it("replays from an event on", async () => {
    await page.goto(`${url}/events/${ready.event_id}`);
    await page.getByRole("link", { name: "Replay from here" }).click();
    const from = await page.getByLabel("From position").inputValue();
    expect(server.events[Number(from) - 1]?.event_id).toBe(ready.event_id);
  });

  it("shows what changed between two versions, what breaks, and an event that shows it", async () => {
    await page.goto(`${url}/contracts/worktree.created`);
    const versions = page.getByLabel("Versions", { exact: true });
    await versions.getByText("payload.branch is required now").waitFor();
    await versions.getByText("readers of v1.2, by events of v1.1").waitFor();
    await versions.getByText("An event of v1.1 that v1.2 refuses").click();
    await versions.locator(".json", { hasText: "repo" }).waitFor();
    await versions.getByLabel("From").selectOption("v1.2");
    await versions.getByText("They say the same.").waitFor();
    await page.goto(`${url}/contracts/artifact.created`);
    await page.getByText("v1.1 is the only one.").waitFor();
  });

  it("shows what the broker refused, with who sent it and why, and what operators did", async () => {
    await page.goto(url);
    await page.getByRole("link", { name: "1 refused" }).click();
    const refused = page.getByLabel("Refused by the broker");
    await refused.getByText("somebodys-script").waitFor();
    await refused.getByRole("button", { name: "Inspect" }).click();
    await refused.getByText("file_path is missing").waitFor();
    const acts = page.getByLabel("Who did what");
    await acts.getByText("by jarad, 3 messages of services.agent.feedback_router").waitFor();
  });

  it("replays a trace after a preview with its count, and pauses, resumes and cancels it", async () => {
    await page.goto(`${url}/events/${ready.event_id}`);
    await page.getByRole("link", { name: "Replay", exact: true }).click();
    await page.getByLabel("Trace of event").waitFor();
    expect(await page.getByLabel("Trace of event").inputValue()).toBe(ready.event_id);
    await page.getByLabel("To", { exact: true }).fill("services.fireflies.transcript_processor");
    await page.getByRole("button", { name: "Preview" }).click();
    await page.getByRole("button", { name: "Replay 4…" }).click();
    await page
      .getByText("Send 4 stored events to services.fireflies.transcript_processor?", { exact: true })
      .waitFor();
    await page.getByRole("button", { name: "Replay", exact: true }).click();
    const card = page.locator("[data-replay]");
    await card.getByText("running", { exact: true }).waitFor();
    for (const [act, state] of [
      ["Pause", "paused"],
      ["Resume", "running"],
      ["Cancel", "cancelled"],
    ] as const) {
      await card.getByRole("button", { name: act }).click();
      await card.getByText(state, { exact: true }).waitFor();
    }
    expect(server.replays[0]?.request).toMatchObject({
      select: { trace: ready.event_id },
      queue: "services.fireflies.transcript_processor",
      speed: "max",
    });
  });

  it("focuses the topology on one service, and explains what is not as declared", async () => {
    await page.goto(`${url}/topology`);
    await page.getByText("Nobody declared the queue somebodys.debug").waitFor();
    await page.getByLabel("Focus on a service or queue").fill("agent-feedback");
    await page.waitForFunction(() => document.querySelectorAll(".part").length < 6);
    await page.getByLabel("Declared against observed").getByText("214 messages wait").waitFor();
    expect(await page.getByText("Nobody declared the queue somebodys.debug").count()).toBe(0);
  });

  it("shows the broker's nodes and which of them is away", async () => {
    await page.goto(`${url}/status`);
    const nodes = page.getByLabel("Broker's nodes");
    await nodes.getByText("2 of 3 running").waitFor();
    await nodes
      .getByRole("row", { name: /rabbit@three/ })
      .getByText("does not run")
      .waitFor();
    await nodes
      .getByRole("row", { name: /rabbit@one/ })
      .getByText("161 MB of 3.2 GB")
      .waitFor();
  });

  const views = [
    "/",
    "/topology",
    "/contracts/fireflies.transcript.ready",
    "/services",
    "/dead-letters",
    "/replays",
    "/status",
  ];
  it.each([
    ["light", 1280],
    ["dark", 1280],
    ["light", 390],
  ] as const)(
    "axe finds nothing serious (%s, %i px), and nothing is wider than the screen",
    async (colorScheme, width) => {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: 800 });
      const found: string[] = [];
      for (const view of [...views, `/events/${ready.event_id}`]) {
        await page.goto(url + view);
        await page.locator("h1").first().waitFor({ state: "attached" });
        await page.waitForLoadState("domcontentloaded");
        await page.waitForFunction(() => document.querySelector(".state[role=status]") === null);
        await page.evaluate(axe);
        const serious = await page.evaluate(async () => {
          type Axe = {
            run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>;
          };
          const result = await (window as unknown as { axe: Axe }).axe.run();
          return result.violations
            .filter((v) => v.impact === "serious" || v.impact === "critical")
            .map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 200)).join(" | ")}`);
        });
        found.push(...serious.map((text) => `${view} ${text}`));
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (wide > 0) found.push(`${view} is ${wide} px too wide`);
      }
      expect(found).toEqual([]);
    },
  );

  it("keeps ten thousand rows at most, the newest, and draws only those that are seen", async () => {
    await page.goto(url);
    await live();
    for (let n = 0; n < 12_000; n++) server.add("session.started", { session_id: "s", name: `n${n}` });
    await rows().filter({ hasText: "n11999" }).waitFor();
    const kept = await page.locator(".rows ol").evaluate((list) => (list as HTMLElement).clientHeight / 34);
    expect(kept).toBe(10_000);
    expect(await rows().count()).toBeLessThan(60);
  });

  it("takes a thousand events a second, loses none, and stays smooth", async () => {
    await page.goto(url);
    await live();
    const known = server.events.length;
    server.traffic(1000);
    const frames = await page.evaluate(
      () =>
        new Promise<number[]>((resolve) => {
          const times: number[] = [];
          const start = performance.now();
          let last = start;
          const frame = (now: number) => {
            times.push(now - last);
            last = now;
            if (now - start < 4000) requestAnimationFrame(frame);
            else resolve(times.sort((a, b) => a - b));
          };
          requestAnimationFrame(frame);
        }),
    );
    server.quiet();
    const sent = server.events.length - known;
    expect(sent).toBeGreaterThan(2500);
    const peak = await page.locator(".pulse").textContent();
    expect(peak).toMatch(/peak/);
    const last = server.add("session.started", { session_id: "s", name: "the very last" });
    await rows().filter({ hasText: "the very last" }).waitFor();
    const heights = await page
      .locator(".rows ol")
      .evaluate((list) => (list as HTMLElement).clientHeight / 34);
    expect(heights).toBe(last.position);
    expect(frames[Math.floor(frames.length / 2)]).toBeLessThan(34);
  });
});

describe("the built page", () => {
  it("asks for less than 250 KB of compressed script before a view asks for more", async () => {
    const { gzipSync } = await import("node:zlib");
    const dist = new URL("../dist/", import.meta.url);
    const html = readFileSync(new URL("index.html", dist), "utf8");
    const scripts = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map(
      (match) => match[1] ?? "",
    );
    expect(scripts.length).toBeGreaterThan(0);
    const size = scripts.reduce((sum, file) => sum + gzipSync(readFileSync(new URL(file, dist))).length, 0);
    expect(size).toBeLessThan(250 * 1024);
  });
});
