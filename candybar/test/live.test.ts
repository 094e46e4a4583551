/**
 * The live stream and an event in a real browser, as a person uses them, against the fixture server. Needs TEST_CHROMIUM
 * (the path of a Chromium) and a built page (`npm run build -w candybar`).
 */
import { expect, it } from "vitest";
import { inBrowser, live, rowsOf } from "./support/in-browser.js";

inBrowser("what happens, seen in a browser", (opened) => {
  it("shows an event when it happens, and on a click the event with its trace", async () => {
    const { server, url, page } = opened();
    await page.goto(url);
    await live(page);
    const cause = server.happen(
      "fireflies.transcript.ready",
      { title: "Just now" },
      { app: "fireflies-webhook" },
    );
    await rowsOf(page).filter({ hasText: "Just now" }).waitFor();
    server.happen("artifact.created", { file_path: "/vault/just-now.md" }, { causes: [cause.event_id] });
    await rowsOf(page).filter({ hasText: "Just now" }).click();
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
    const { url, page, ready } = opened();
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

  it("has rows that are links: Enter opens one, Ctrl and a click open a tab, the filter stays", async () => {
    const { url, page } = opened();
    await page.goto(`${url}/?source=bloodbank`);
    await live(page);
    const href = await rowsOf(page).first().getAttribute("href");
    expect(href).toMatch(/^\/events\/[^?]+\?source=bloodbank$/);
    const tab = page.context().waitForEvent("page");
    await rowsOf(page)
      .first()
      .click({ modifiers: ["ControlOrMeta"] });
    await (await tab).close();
    expect(page.url()).toBe(`${url}/?source=bloodbank`);
    await rowsOf(page).first().focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(url + href);
    await page.locator(`.row[href="${href}"][aria-current="true"]`).waitFor();
  });

  it("changes the texts of rows when all of them are new, but never of one that has the focus", async () => {
    const { server, url, page } = opened();
    await page.goto(url);
    await live(page);
    // More than are in sight, and few enough to arrive in one piece: in two, some rows would not be new.
    const flood = async (name: string) => {
      for (let n = 0; n < 60; n++) server.add("session.started", { session_id: "s", name: `${name} ${n}` });
      await rowsOf(page)
        .filter({ hasText: `${name} 59` })
        .waitFor();
    };
    await flood("first");
    const first = await rowsOf(page).first().elementHandle();
    await flood("second");
    expect(await first?.textContent()).toContain("second 59");
    await rowsOf(page).first().focus();
    await flood("third");
    expect(await first?.evaluate((row) => [row.isConnected, row.textContent])).toEqual([
      false,
      expect.stringContaining("second 59"),
    ]);
  });

  it("opens the row that was pressed, whatever arrives before it is released", async () => {
    const { server, url, page } = opened();
    await page.goto(url);
    await live(page);
    const pressed = server.add("session.started", { session_id: "s", name: "pressed" });
    await rowsOf(page).filter({ hasText: "pressed" }).hover();
    await page.mouse.down();
    for (let n = 0; n < 7; n++) server.add("session.started", { session_id: "s", name: `later ${n}` });
    await page.locator('[data-waiting="7"]').waitFor();
    expect(await rowsOf(page).filter({ hasText: "later" }).count()).toBe(0);
    await page.mouse.up();
    await page.waitForURL(`${url}/events/${pressed.event_id}`);
    await rowsOf(page).filter({ hasText: "later 6" }).waitFor();
  });

  it("says why an event is invalid", async () => {
    const { url, page } = opened();
    await page.goto(`${url}/?valid=false`);
    await rowsOf(page).first().click();
    await page.locator(".verdict", { hasText: "/payload/audio_metadata/confidence" }).waitFor();
    expect(await rowsOf(page).count()).toBe(1);
  });

  it("goes from an event to the version of the contract that it says it keeps", async () => {
    const { server, url, page } = opened();
    const old = server.happen("worktree.created", {});
    await page.goto(`${url}/events/${old.event_id}`);
    await page.locator(".event-head").getByRole("link", { name: "v1", exact: true }).click();
    await page.waitForURL(`${url}/contracts/worktree.created?version=v1`);
    await page.getByRole("heading", { name: "worktree.created" }).waitFor();
  });

  it("checks what arrives itself, and marks what the platform calls valid and is not", async () => {
    const { server, url, page } = opened();
    const before = server.add("artifact.created", { artifact_type: "code", file_path: 7 });
    await page.goto(url);
    await live(page);
    await rowsOf(page).filter({ hasText: "doubtful" }).waitFor();
    const after = server.add("session.started", { session_id: [] });
    await page.locator(`.row[href="/events/${after.event_id}"] .tag`, { hasText: "doubtful" }).waitFor();
    await page.locator(`.row[href="/events/${before.event_id}"]`).click();
    await page.locator(".doubts", { hasText: "/payload/file_path" }).waitFor();
    await page.getByText("keeps its contract").waitFor();
  });

  it("keeps the place while paused, counts what comes, and catches up", async () => {
    const { server, url, page } = opened();
    await page.goto(url);
    await live(page);
    await page.keyboard.press("p");
    await page.locator(".pill", { hasText: "Paused" }).waitFor();
    const first = await rowsOf(page).first().textContent();
    for (let n = 0; n < 3; n++) server.add("session.started", { session_id: "s", name: `late ${n}` });
    await page.getByRole("button", { name: "3 new events" }).waitFor();
    expect((await rowsOf(page).first().textContent())?.slice(0, 30)).toBe(first?.slice(0, 30));
    await page.getByRole("button", { name: "3 new events" }).click();
    await rowsOf(page).filter({ hasText: "late 2" }).waitFor();
  });

  it("filters by type, source and text, and keeps the filter in the address", async () => {
    const { url, page } = opened();
    await page.goto(url);
    await page.getByLabel("Type or pattern").fill("theboard.#");
    await page.waitForURL(/type=/);
    await page.getByLabel("Source", { exact: true }).fill("theboard-meeting-trigger");
    await page.waitForURL(/source=/);
    await page.waitForFunction(() => document.querySelectorAll(".row").length === 1);
    await page.getByLabel("Text").fill("no such words");
    await page.getByText("No event matches these filters.").waitFor();
    await page.getByRole("button", { name: "Clear the filters" }).click();
    await rowsOf(page).nth(10).waitFor();
  });

  it("says what is wrong with a filter instead of trying it again, and takes the next one", async () => {
    const { url, page } = opened();
    await page.goto(`${url}/?type=Foo%20Bar&valid=banana`);
    await page.getByText("“Foo Bar” is no event type or pattern.").waitFor();
    expect(await page.locator(".pill.bad", { hasText: "Not live" }).textContent()).toBe("Not live");
    await page.getByRole("button", { name: "Clear the filters" }).click();
    await live(page);
    await rowsOf(page).nth(5).waitFor();
  });

  it("says at the field what is wrong with a type, and shows what it showed until that is mended", async () => {
    const { url, page } = opened();
    await page.goto(url);
    await live(page);
    const type = page.getByLabel("Type or pattern");
    await type.fill("theboard..#");
    await page.locator(".complaint", { hasText: "words between dots" }).waitFor();
    expect(await type.getAttribute("aria-invalid")).toBe("true");
    expect(page.url()).toBe(`${url}/`);
    await rowsOf(page).nth(5).waitFor();
    await type.fill("theboard.#,session.*");
    await page.waitForURL(/type=theboard/);
    await page.locator(".complaint").waitFor({ state: "detached" });
  });

  it("calls itself by what is looked at, and goes back to it", async () => {
    const { url, page, ready } = opened();
    await page.goto(`${url}/events/${ready.event_id}`);
    await page.waitForFunction((id) => document.title === `${id} · Live · Candybar`, ready.event_id);
    await page.getByRole("link", { name: "Services" }).click();
    await page.waitForFunction(() => document.title === "Services · Candybar");
    await page.goBack();
    await page.locator("article.event h1", { hasText: "fireflies.transcript.ready" }).waitFor();
  });

  it("scrolls an event by the arrows while it is read, and keeps a palette's choice in sight", async () => {
    const { url, page, ready } = opened();
    await page.goto(`${url}/events/${ready.event_id}`);
    const read = page.getByRole("complementary", { name: "Event" });
    await page.locator(".trace-line").nth(3).waitFor();
    await read.focus();
    // Pressed again until it scrolls: a loaded browser drops keys that come while it lays out what it has just got.
    const pressed = async () => {
      await page.keyboard.press("ArrowDown");
      return read.evaluate((element) => element.scrollTop);
    };
    await expect.poll(pressed, { timeout: 60_000 }).toBeGreaterThan(0);
    expect(page.url()).toContain(ready.event_id);
    await page.keyboard.press("Control+k");
    for (let n = 0; n < 30; n++) await page.keyboard.press("ArrowDown");
    const chosen = page.locator('.palette [aria-selected="true"]');
    const [option, box] = [await chosen.boundingBox(), await page.locator(".palette .options").boundingBox()];
    expect(option?.y).toBeGreaterThanOrEqual(box?.y ?? 0);
    expect((option?.y ?? 0) + (option?.height ?? 0)).toBeLessThanOrEqual((box?.y ?? 0) + (box?.height ?? 0));
  });

  it("is driven by keyboard: steps through events, and opens one by its id", async () => {
    const { url, page, ready } = opened();
    await page.goto(url);
    await rowsOf(page).first().waitFor();
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
    await page.locator("main:focus").waitFor();
  });

  it("says what to do when nothing has happened yet", async () => {
    const { server, url, page } = opened();
    server.events = [];
    await page.goto(url);
    await page.getByText("Nothing has happened yet.").waitFor();
    expect(await page.locator(".snippet").textContent()).toContain(`curl -X POST ${url}/webhooks/fireflies`);
  });

  it("shows along the trace each failed attempt and the end among the dead letters", async () => {
    const { url, page, ready } = opened();
    await page.goto(`${url}/events/${ready.event_id}`);
    await page.locator("[data-befell]").nth(6).waitFor();
    const befell = await page
      .locator("[data-befell]")
      .evaluateAll((all) => all.map((line) => line.getAttribute("data-befell")));
    expect(befell).toEqual([...Array.from({ length: 6 }, () => "failed"), "gave up"]);
    await page.getByText("given up by services.fireflies.transcript_processor: The vault is not").waitFor();
  });

  it("finds the dead letter of an event among more than a list gives, and says when it looked at not all", async () => {
    const { server, url, page, ready } = opened();
    const [other] = server.deadLetters.letters;
    if (!other) throw new Error("the fixture has none");
    const others = (count: number) =>
      Array.from({ length: count }, (_, n) => ({ ...other, id: `${other.id}/${n}/${count}` }));
    server.deadLetters.letters.unshift(...others(600));
    await page.goto(`${url}/events/${ready.event_id}`);
    await page.getByText("given up by services.fireflies.transcript_processor: The vault is not").waitFor();
    const cut = page.getByText("There are more dead letters than are looked through for this");
    expect(await cut.count()).toBe(0);
    server.deadLetters.letters.unshift(...others(700));
    await page.reload();
    await cut.waitFor();
  });

  it("shows what changed between two versions, what breaks, and an event that shows it", async () => {
    const { url, page } = opened();
    await page.goto(`${url}/contracts/worktree.created`);
    const versions = page.getByLabel("Versions", { exact: true });
    await versions.getByText("payload.branch is required now").waitFor();
    await versions.getByText("readers of v1.2, by events of v1.1").waitFor();
    await versions.getByText("An event of v1.1 that v1.2 refuses").click();
    await versions.locator(".json", { hasText: "repo" }).waitFor();
    await versions.getByLabel("From").selectOption("v1.2");
    await versions.getByText("They say the same.").waitFor();
    await page.waitForURL(/from=v1\.2&to=v1\.2/);
    await page.reload();
    await versions.getByText("They say the same.").waitFor();
    await page.goto(`${url}/contracts/artifact.created`);
    await page.getByText("v1.1 is the only one.").waitFor();
  });
});
