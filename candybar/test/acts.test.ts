/** What an operator does on the page: publish, redrive, edit, replay. In a real browser against the fixture server. */
import type { Locator } from "playwright-core";
import { expect, it } from "vitest";
import { inBrowser } from "./support/in-browser.js";

inBrowser("what an operator does in a browser", (opened) => {
  it("publishes a test event from an example, checked as one types", async () => {
    const { url, page } = opened();
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
    const { server, url, page } = opened();
    await page.goto(`${url}/dead-letters`);
    await page.getByRole("button", { name: "Redrive all" }).click();
    await page.getByText("Send 7 messages back to services.agent.feedback_router?").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Redrive" }).click();
    await page.waitForFunction(() => document.querySelectorAll("[data-group]").length === 1);
    expect(server.deadLetters.redriven).toHaveLength(7);
    await page.locator("[data-redrive]").getByText("7 of 7").waitFor();
  });

  it("redrives at a rate, shows how far it is, and pauses, resumes and cancels it", async () => {
    const { server, url, page } = opened();
    await page.goto(`${url}/dead-letters`);
    await page.getByRole("button", { name: "Redrive all" }).click();
    // The first goes after 100 s: what is seen here is what was asked for.
    await page.getByLabel("Messages a second at most").fill("0.01");
    await page.getByRole("dialog").getByRole("button", { name: "Redrive" }).click();
    const card = page.locator("[data-redrive]");
    await card.getByText("0 of 7").waitFor();
    await card.getByText("0.01 a second at most").waitFor();
    await pausesResumesAndCancels(card);
    expect(server.deadLetters.letters).toHaveLength(8);
  });

  it("shows how many still lie there while a redrive runs, though they take longer to count than to send", async () => {
    const { server, url, page } = opened();
    const [letter] = server.deadLetters.letters;
    if (!letter) throw new Error("the fixture has none");
    for (let n = 0; n < 200; n++) server.deadLetters.letters.push({ ...letter, id: `${letter.id}/${n}` });
    server.deadLetters.countingMs = 900;
    await page.goto(`${url}/dead-letters`);
    const group = page.locator("[data-group]").first();
    await group.locator(".tag.num", { hasText: "207" }).waitFor();
    await group.getByRole("button", { name: "Redrive all" }).click();
    await page.getByLabel("Messages a second at most").fill("4");
    await page.getByRole("dialog").getByRole("button", { name: "Redrive" }).click();
    const card = page.locator("[data-redrive]");
    await card.getByText(/^(1[2-9]|[2-9]\d) of 207$/).waitFor();
    await group.locator(".tag.num", { hasText: /^1\d\d$/ }).waitFor();
    await card.getByText("running", { exact: true }).waitFor();
  });

  it("fetches the letters of a cause once, and again when one more died of it", async () => {
    const { server, url, page } = opened();
    const [letter] = server.deadLetters.letters;
    if (!letter) throw new Error("the fixture has none");
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    const times = (what: string) => asked.filter((path) => path === `/api/v1/dead-letters${what}`).length;
    await page.goto(`${url}/dead-letters`);
    const group = page.locator("[data-group]").first();
    await group.getByRole("button", { name: "Inspect" }).click();
    await group.locator(".letter").nth(6).waitFor();
    const counted = times("/groups");
    for (let n = 0; n < 2; n++) await page.waitForResponse((response) => response.url().endsWith("/groups"));
    expect(times("/groups")).toBeGreaterThan(counted);
    expect(times("")).toBe(1);
    server.deadLetters.letters.push({ ...letter, id: `${letter.id}/new` });
    await group.locator(".letter").nth(7).waitFor();
    expect(times("")).toBe(2);
  });

  it("says so where there are more dead letters than were counted", async () => {
    const { server, url, page } = opened();
    server.deadLetters.unseen = 12_000;
    await page.goto(`${url}/dead-letters`);
    await page.getByText("12,008 messages lie here. These groups count the oldest 10,000 of each").waitFor();
  });

  it("sends a dead letter back as edited in the form of its contract, once it keeps it", async () => {
    const { server, url, page } = opened();
    await page.goto(`${url}/dead-letters`);
    const group = page.locator("[data-group]").last();
    await group.getByRole("button", { name: "Inspect" }).click();
    await group.getByRole("button", { name: "Hide" }).waitFor();
    // What is looked into has an address.
    await page.reload();
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

  it("leaves a field of the form to who types in it, however long the text grows, and shows the example chosen", async () => {
    const { url, page } = opened();
    await page.goto(`${url}/contracts/theboard.meeting.started`);
    await page.getByText("It keeps the contract.").waitFor();
    await page.getByRole("button", { name: "Form" }).click();
    const form = page.locator(".contract-form");
    const agents = form.getByLabel(/^selected_agents/);
    expect(await agents.inputValue()).toContain("architect");
    await page.getByRole("button", { name: "Example 2" }).click();
    expect(JSON.parse(await agents.inputValue())).toEqual(["scribe"]);
    await agents.fill('["scribe", ');
    await form.getByText("Not JSON yet, so not taken over").waitFor();
    await page.keyboard.type('"critic"]');
    expect(await agents.inputValue()).toBe('["scribe", "critic"]');
    const meeting = form.getByLabel(/^meeting_id/);
    await meeting.fill("");
    await meeting.focus();
    await page.keyboard.type("word ".repeat(20));
    expect(await meeting.inputValue()).toBe("word ".repeat(20));
    await page.getByRole("button", { name: "JSON", exact: true }).click();
    const { payload } = JSON.parse(await page.getByLabel("A whole event as JSON").inputValue());
    expect(payload).toMatchObject({ meeting_id: "word ".repeat(20), selected_agents: ["scribe", "critic"] });
  });

  it("replays from an event on", async () => {
    const { server, url, page, ready } = opened();
    await page.goto(`${url}/events/${ready.event_id}`);
    await page.getByRole("link", { name: "Replay from here" }).click();
    const from = await page.getByLabel("From position").inputValue();
    expect(server.events[Number(from) - 1]?.event_id).toBe(ready.event_id);
  });

  it("shows what the broker refused, with who sent it and why, and what operators did", async () => {
    const { url, page } = opened();
    await page.goto(url);
    await page.getByRole("link", { name: "1 refused" }).click();
    const refused = page.getByLabel("Refused by the broker");
    await refused.getByText("somebodys-script").waitFor();
    await refused.getByRole("button", { name: "Inspect" }).click();
    await refused.getByText("file_path is missing").waitFor();
    const acts = page.getByLabel("Who did what");
    await acts.getByText("by jarad, 3 messages of services.agent.feedback_router").waitFor();
  });

  it("says how many were refused, and that the newest hundred are not all of them", async () => {
    const { server, url, page } = opened();
    const [one] = server.quarantined;
    if (!one) throw new Error("the fixture has none");
    for (let n = 2; n <= 130; n++) server.quarantined.push({ ...one, id: `bloodbank.quarantine/${n}` });
    await page.goto(url);
    await page.getByRole("link", { name: "130 refused" }).click();
    const refused = page.getByLabel("Refused by the broker");
    await refused.getByText("130", { exact: true }).waitFor();
    await refused.getByText("These are the newest 100.").waitFor();
    const inspect = refused.getByRole("button", { name: "Inspect" });
    expect(await inspect.count()).toBe(5);
    await refused.getByRole("button", { name: "95 more" }).click();
    await inspect.nth(99).waitFor();
  });

  it("replays a trace after a preview with its count, and pauses, resumes and cancels it", async () => {
    const { server, url, page, ready } = opened();
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
    await pausesResumesAndCancels(card);
    expect(server.replays[0]?.request).toMatchObject({
      select: { trace: ready.event_id },
      queue: "services.fireflies.transcript_processor",
      speed: "max",
    });
  });
});

async function pausesResumesAndCancels(card: Locator): Promise<void> {
  for (const [act, state] of [
    ["Pause", "paused"],
    ["Resume", "running"],
  ] as const) {
    await card.getByRole("button", { name: act }).click();
    await card.getByText(state, { exact: true }).waitFor();
  }
  await card.getByRole("button", { name: "Cancel" }).click();
  const dialog = card.getByRole("dialog");
  await dialog.getByText(/^Leave \d of \d unsent\?$/).waitFor();
  await dialog.getByRole("button", { name: "Go on" }).click();
  await dialog.waitFor({ state: "detached" });
  expect(
    await card.getByRole("button", { name: "Cancel" }).evaluate((it) => it === document.activeElement),
  ).toBe(true);
  await card.getByRole("button", { name: "Cancel" }).click();
  await dialog.getByRole("button", { name: "Cancel it" }).click();
  await card.getByText("cancelled", { exact: true }).waitFor();
}
