// Makes the pictures of the page that docs/how-to/page.md shows, all anew, into docs/images:
//   npm run screenshots -w candybar
// The real platform with its services, a real Chromium, and an agent service that fails as one does that has moved:
// twice it is not there, then it knows the agent no more.
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { root, withPlatform } from "./real-platform.mjs";

const FAILING = "agent.feedback.requested";
const QUESTIONS = [
  "Is the retry ladder steep enough?",
  "What does the second reader of this queue do?",
  "Does the plan name an owner for each point?",
  "Which of these two names is clearer?",
  "Is the log readable after a crash?",
  "Who is told when a letter is discarded?",
  "What would you leave out?",
];
/** Scripts that the machine has no font for would be drawn as boxes. */
const drawable = (text) => text.replaceAll(/[\u3000-\ud7ff\ue000-\uffff]+|\p{Emoji_Presentation}/gu, "…");

const asked = new Map();
const agents = createServer((request, response) => {
  request.resume();
  const key = request.headers["idempotency-key"];
  asked.set(key, (asked.get(key) ?? 0) + 1);
  const isGone = asked.get(key) > 2;
  response.writeHead(isGone ? 404 : 503).end(isGone ? "no such agent" : "starting");
});
agents.listen(0, "127.0.0.1");
await once(agents, "listening");
const env = { AGENTFORGE_URL: `http://127.0.0.1:${agents.address().port}` };

await withPlatform({ env }, async ({ url, browser }) => {
  const post = async (where, body) => {
    const headers = { "content-type": "application/json" };
    const response = await fetch(url + where, { method: "POST", headers, body });
    if (!response.ok) throw new Error(`${where} answered ${response.status} ${await response.text()}`);
    return response.json();
  };
  const open = async (address, { width = 1280, colorScheme = "light" } = {}) => {
    const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
    await page.goto(url + address);
    return page;
  };
  const shoot = async (page, name) => {
    await page.evaluate(() => document.fonts.ready);
    await page.screenshot({ path: path.join(root, `docs/images/candybar-${name}.png`) });
    await page.close();
  };

  const isUp = async (name) => {
    const { services } = await (await fetch(`${url}/api/v1/services`)).json();
    return services.find((service) => service.name === name)?.observed?.connected === true;
  };
  for (const name of ["agent-feedback-router", "fireflies-transcript-processor"])
    while (!(await isUp(name))) await pause(200);

  const failing = [];
  for (const message of QUESTIONS) {
    failing.push(await post(`/events/${FAILING}`, JSON.stringify({ agent_id: "reviewer", message })));
    await pause(600);
  }
  const letters = await open("/dead-letters");
  await letters.locator(".card .tag.bad", { hasText: String(QUESTIONS.length) }).waitFor();

  const { contracts } = await (await fetch(`${url}/schemas/catalog`)).json();
  const examples = contracts
    .filter(({ event_type }) => event_type !== FAILING && !event_type.startsWith("bloodbank."))
    .flatMap(({ examples }) => examples);
  const live = await open("/");
  await live.locator(".pill.ok", { hasText: "Live" }).waitFor();
  // Long enough for the chart and the rates of the topology.
  for (let sent = 0; sent < 160; sent++) {
    const example = examples[sent % examples.length];
    const timestamp = new Date().toISOString();
    const event = { ...example, event_id: randomUUID(), timestamp, correlation_ids: [] };
    await post("/events", drawable(JSON.stringify(event)));
    await pause(60);
  }
  await shoot(live, "live");
  const topology = await open("/topology");
  await topology.locator(".part.layer", { hasText: "processors" }).first().waitFor();
  await topology.getByText("/s", { exact: false }).first().waitFor();
  await pause(1_000);
  await shoot(topology, "topology");

  const meeting = readFileSync(path.join(root, "examples/fireflies/meeting.json"), "utf8");
  const { event_id } = await post("/webhooks/fireflies", drawable(meeting));
  const stream = await open("/");
  await stream.locator(".row", { hasText: "fireflies.transcript.processed" }).first().waitFor();
  await stream.locator(`.row[href*="${event_id}"]`).click();
  await stream.locator(".trace-line").nth(2).waitFor();
  await shoot(stream, "event");
  const phone = await open(`/events/${event_id}`, { width: 390 });
  await phone.locator(".trace-line").nth(2).waitFor();
  await shoot(phone, "event-phone");
  const failed = await open(`/events/${failing[0].event_id}`, { colorScheme: "dark" });
  await failed.locator('[data-befell="gave up"]').waitFor();
  await shoot(failed, "event-dark");

  await letters.getByRole("button", { name: "Inspect" }).first().click();
  await letters.getByRole("button", { name: "Edit and redrive" }).first().click();
  await letters.getByText("It keeps the contract.").first().waitFor();
  // It names files of this machine.
  await letters.locator("details[open] summary").first().click();
  await letters.mouse.move(0, 0);
  await shoot(letters, "dead-letters");
  const contract = await open("/contracts/artifact.created");
  await contract.getByText("It keeps the contract.").waitFor();
  await shoot(contract, "contracts");
});
agents.close();
