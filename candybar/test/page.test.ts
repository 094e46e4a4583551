/** The page as a whole in a real browser: every width, both colours, cuts, bad answers and a flood of events. */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { inBrowser, live, rowsOf } from "./support/in-browser.js";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

inBrowser("the page in a browser", (opened) => {
  it("resumes after a cut without a gap and without a double", async () => {
    const { server, url, page } = opened();
    await page.goto(`${url}/?type=session.%23`);
    await live(page);
    for (let n = 0; n < 5; n++) server.add("session.started", { session_id: "s", name: `s${n}` });
    await rowsOf(page).filter({ hasText: "s4" }).waitFor();
    // Away until it is seen: what lasts half a second is easily missed.
    server.mood = "down";
    server.cut();
    await page.locator(".pill", { hasText: "Not live" }).waitFor();
    for (let n = 5; n < 10; n++) server.add("session.started", { session_id: "s", name: `s${n}` });
    server.mood = "well";
    await rowsOf(page).filter({ hasText: "s9" }).waitFor();
    await live(page);
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

  it("shows what happens in a store that was emptied or restored while it was away", async () => {
    const { server, url, page } = opened();
    await page.goto(url);
    await live(page);
    await page.keyboard.press("p");
    server.add("session.started", { session_id: "s", name: "lost with the old store" });
    await page.getByRole("button", { name: "1 new event" }).waitFor();
    server.mood = "down";
    server.cut();
    await page.locator(".pill", { hasText: "Not live" }).waitFor();
    server.events = [];
    server.add("session.started", { session_id: "s", name: "the first of the new one" });
    server.mood = "well";
    await rowsOf(page).filter({ hasText: "the first of the new one" }).waitFor();
    expect(await rowsOf(page).count()).toBe(1);
    await page.keyboard.press("p");
    await live(page);
    server.add("session.started", { session_id: "s", name: "the second" });
    await rowsOf(page).filter({ hasText: "the second" }).waitFor();
    expect(await rowsOf(page).count()).toBe(2);
  });

  it.each([390, 700, 1000, 1200, 1400])("shows every row whole at %i px", async (width) => {
    const { url, page, ready } = opened();
    await page.setViewportSize({ width, height: 800 });
    for (const address of ["/", `/events/${ready.event_id}`]) {
      await page.goto(url + address);
      await rowsOf(page).nth(5).waitFor({ state: "attached" });
      const cut = await rowsOf(page).evaluateAll((all) =>
        all.filter((row) => row.scrollHeight > row.clientHeight + 1).map((row) => row.textContent),
      );
      expect(cut).toEqual([]);
    }
  });

  it.each([390, 1000, 1280])("has room for all that is said above the stream at %i px", async (width) => {
    const { server, url, page, ready } = opened();
    const [one] = server.quarantined;
    if (!one) throw new Error("the fixture has none");
    for (let n = 2; n <= 130; n++) server.quarantined.push({ ...one, id: `bloodbank.quarantine/${n}` });
    await page.setViewportSize({ width, height: 800 });
    for (const address of width < 980 ? ["/"] : ["/", `/events/${ready.event_id}`]) {
      server.mood = "well";
      await page.goto(url + address);
      await live(page);
      await page.getByRole("link", { name: "130 refused" }).waitFor();
      server.mood = "down";
      server.cut();
      await page.locator(".pill", { hasText: "Not live · trying again" }).waitFor();
      const [title, pause, pulse] = await Promise.all(
        [".stream-title", ".stream-title .button", ".pulse"].map((part) => page.locator(part).boundingBox()),
      );
      if (!title || !pause || !pulse) throw new Error("a part is not there");
      expect(pause.x + pause.width).toBeLessThanOrEqual(title.x + title.width + 1);
      const beside = title.x + title.width <= pulse.x;
      const above = title.y + title.height <= pulse.y;
      expect(beside || above).toBe(true);
    }
  });

  it("goes to a view that was not opened before while the platform is away, and fills it afterwards", async () => {
    const { server, url, page } = opened();
    await page.goto(url);
    await live(page);
    const assets = readdirSync(new URL("../dist/assets", import.meta.url));
    await page.waitForFunction(
      (names) => names.every((name) => performance.getEntriesByName(`${origin}/assets/${name}`).length > 0),
      assets.filter((name) => name.includes("-view-")),
    );
    await page.route("**/assets/**", (route) => route.abort());
    server.mood = "down";
    server.cut();
    await page.getByRole("link", { name: "Contracts" }).click();
    await page.getByRole("link", { name: "worktree.created" }).click();
    await page.locator(".state.bad").waitFor();
    server.mood = "well";
    await page.getByRole("button", { name: "Publish as a test event" }).waitFor();
    expect(page.url()).toBe(`${url}/contracts/worktree.created`);
  });

  it("keeps the names of a long conversation readable, however deep it is", async () => {
    const { server, url, page } = opened();
    let last = server.add("session.started", { session_id: "s" });
    for (let n = 0; n < 60; n++)
      last = server.add(
        "llm.prompt",
        { provider: "local", prompt: `Answer ${n}` },
        { causes: [last.event_id] },
      );
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      await page.goto(`${url}/events/${last.event_id}`);
      const deepest = page.locator(".trace-line[aria-current] .trace-name");
      await deepest.waitFor();
      expect((await deepest.boundingBox())?.width).toBeGreaterThan(80);
    }
  });

  it.each(["down", "nonsense", "slow"])(
    "says so when the API is %s, and recovers by itself",
    async (mood) => {
      const { server, url, page } = opened();
      page.setDefaultTimeout(60_000);
      server.mood = mood;
      await page.goto(url);
      await page.locator(".state.bad").first().waitFor();
      await page.locator(".pill", { hasText: "Not live" }).waitFor();
      server.mood = "well";
      await live(page);
      await rowsOf(page).nth(5).waitFor();
      await page.locator(".banner").waitFor({ state: "detached" });
    },
  );

  it("focuses the topology on one service, and explains what is not as declared", async () => {
    const { url, page } = opened();
    await page.goto(`${url}/topology`);
    await page.getByText("Nobody declared the queue somebodys.debug").waitFor();
    await page.getByLabel("Focus on a service or queue").fill("agent-feedback");
    await page.waitForFunction(() => document.querySelectorAll(".part").length < 6);
    await page.getByLabel("Declared against observed").getByText("waiting: 214").waitFor();
    expect(await page.getByText("Nobody declared the queue somebodys.debug").count()).toBe(0);
    await page.getByRole("button", { name: "Show all" }).click();
    await page.getByLabel("queue somebodys.debug").focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/q=queue%3Asomebodys\.debug/);
    await page.waitForFunction(() => document.querySelectorAll(".part").length === 2);
  });

  it("shows the broker's nodes and which of them is away", async () => {
    const { url, page } = opened();
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
      const { url, page, ready } = opened();
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
        const wide = await tooWide(page);
        if (wide > 0) found.push(`${view} is ${wide} px too wide`);
      }
      expect(found).toEqual([]);
    },
  );

  it("breaks words and names that are longer than a phone is wide", async () => {
    const { server, url, page } = opened();
    const long = `https://example.test/${"no-place-to-break".repeat(8)}`;
    const [letter] = server.deadLetters.letters;
    const [refused] = server.quarantined;
    if (!letter || !refused) throw new Error("the fixture has none");
    Object.assign(letter, { reason: long, queue: `services.${"very_long_".repeat(8)}` });
    Object.assign(refused, { reason: long, client: long });
    server.add("bloodbank.dead_letter.discarded", {
      actor: "jarad",
      count: 1,
      queue: letter.queue,
      reason: long,
      event_ids: [],
    });
    await page.setViewportSize({ width: 390, height: 800 });
    await page.goto(`${url}/dead-letters`);
    await page.getByLabel("Who did what").getByText(long).waitFor();
    expect(await tooWide(page)).toBe(0);
  });

  it("keeps ten thousand rows at most, the newest, and draws only those that are seen", async () => {
    const { server, url, page } = opened();
    await page.goto(url);
    await live(page);
    for (let n = 0; n < 12_000; n++) server.add("session.started", { session_id: "s", name: `n${n}` });
    await rowsOf(page).filter({ hasText: "n11999" }).waitFor();
    const kept = await page.locator(".rows ol").evaluate((list) => (list as HTMLElement).clientHeight / 34);
    expect(kept).toBe(10_000);
    expect(await rowsOf(page).count()).toBeLessThan(60);
  });

  // How smooth it is depends on the machine: `npm run frames -w candybar` measures that.
  it("takes a thousand events a second, loses none, and draws meanwhile", async () => {
    const { server, url, page } = opened();
    await page.goto(url);
    await live(page);
    const known = server.events.length;
    server.traffic(1000);
    const frames = await page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          let drawn = 0;
          const start = performance.now();
          const frame = (now: number) => {
            drawn++;
            if (now - start < 4000) requestAnimationFrame(frame);
            else resolve(drawn);
          };
          requestAnimationFrame(frame);
        }),
    );
    server.quiet();
    expect(server.events.length - known).toBeGreaterThan(1000);
    const peak = await page.locator(".pulse").textContent();
    expect(peak).toMatch(/peak/);
    const last = server.add("session.started", { session_id: "s", name: "the very last" });
    await rowsOf(page).filter({ hasText: "the very last" }).waitFor();
    const heights = await page
      .locator(".rows ol")
      .evaluate((list) => (list as HTMLElement).clientHeight / 34);
    // A slow machine takes longer for these seconds, and more than are kept may have come.
    expect(heights).toBe(Math.min(last.position, 10_000));
    expect(frames).toBeGreaterThan(1);
  });
});

/** By how many pixels the page, or what scrolls in it, is wider than what is seen of it. */
const tooWide = (page: Page) =>
  page.evaluate(() =>
    Math.max(
      document.documentElement.scrollWidth - innerWidth,
      ...[...document.querySelectorAll(".main")].map((box) => box.scrollWidth - box.clientWidth),
    ),
  );

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
