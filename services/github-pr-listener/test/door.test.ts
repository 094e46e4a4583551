import { createHmac, randomUUID } from "node:crypto";
import examples from "@octokit/webhooks-examples" with { type: "json" };
import { describe, expect, test } from "vitest";
import { catalog } from "../../service-kit/test/support/catalog.js";
import { type CreatedPullRequest, receiveGithubWebhook } from "../src/index.js";

interface Definition {
  readonly name: string;
  readonly examples: readonly Readonly<Record<string, unknown>>[];
}

// The package types each example; here they are what came over a wire.
const definitions: readonly Definition[] = JSON.parse(JSON.stringify(examples));
const deliveries = definitions.flatMap(({ name, examples }) => examples.map((body) => ({ name, body })));
const opened = deliveries.filter(({ name, body }) => name === "pull_request" && body.action === "opened");

async function deliver(
  event: string | undefined,
  body: unknown,
  more: { secret?: string; signature?: string; form?: boolean; publish?: () => Promise<void> } = {},
) {
  const json = typeof body === "string" ? body : JSON.stringify(body);
  const published: { payload: CreatedPullRequest; eventId: string }[] = [];
  const response = await receiveGithubWebhook({
    headers: {
      ...(event !== undefined && { "x-github-event": event }),
      ...(more.signature !== undefined && { "x-hub-signature-256": more.signature }),
      "content-type": more.form ? "application/x-www-form-urlencoded" : "application/json",
    },
    rawBody: Buffer.from(more.form ? new URLSearchParams({ payload: json }).toString() : json),
    secret: more.secret,
    publish:
      more.publish ??
      (async (_, payload, { eventId }) => {
        published.push({ payload, eventId });
      }),
  });
  return { ...response, published };
}

test("GitHub's examples hold opened pull requests and much else", () => {
  expect(opened.length).toBeGreaterThan(0);
  expect(deliveries.length).toBeGreaterThan(100);
});

test("every opened pull request of the examples becomes an event that keeps its contract", async () => {
  for (const { name, body } of opened) {
    const { status, published, event_id } = await deliver(name, body);
    expect(status).toBe(202);
    expect(published).toHaveLength(1);
    expect(published[0]?.eventId).toBe(event_id);
    const verdict = catalog.validate({
      event_id,
      event_type: "github.pr.created",
      timestamp: new Date().toISOString(),
      version: "v1",
      source: { host: "h", type: "webhook", app: "a" },
      payload: published[0]?.payload,
    });
    expect(verdict).toMatchObject({ valid: true });
  }
});

test("nothing else of the examples starts work, and nothing is refused", async () => {
  for (const { name, body } of deliveries.filter((delivery) => !opened.includes(delivery))) {
    const { status, outcome, published } = await deliver(name, body);
    expect({ status, outcome, published }).toEqual({ status: 202, outcome: "ignored", published: [] });
  }
});

test("a delivery that is repeated, or comes as a form, has the same event id", async () => {
  const body = opened[0]?.body;
  const ids = await Promise.all([
    deliver("pull_request", body),
    deliver("pull_request", body),
    deliver("pull_request", body, { form: true }),
  ]);
  expect(new Set(ids.map(({ event_id }) => event_id)).size).toBe(1);
});

describe("what is wrong is answered with its reason", () => {
  test.each([
    [undefined, "{}", 400, "MISSING_EVENT"],
    ["pull_request", "{", 400, "MALFORMED_JSON"],
    ["pull_request", { action: "opened" }, 422, "WRONG_SHAPE"],
  ])("%j with %j is %i", async (event, body, status, code) => {
    expect(await deliver(event, body)).toMatchObject({ status, body: { code }, published: [] });
  });

  test("every missing member is named", async () => {
    const { body } = await deliver("pull_request", { action: "opened", repository: { full_name: "a/b" } });
    expect(body.violations).toEqual(
      ["number", "title", "html_url", "base/ref", "head/ref"].map((name) =>
        expect.objectContaining({ pointer: `/pull_request/${name}` }),
      ),
    );
  });

  test("a bus that does not confirm is 503", async () => {
    const publish = () => Promise.reject(new Error("no broker"));
    expect(await deliver("pull_request", opened[0]?.body, { publish })).toMatchObject({
      status: 503,
      outcome: "failed",
    });
  });
});

test("only the right signature opens the door", async () => {
  const secret = randomUUID();
  const body = JSON.stringify(opened[0]?.body);
  const signature = `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
  expect((await deliver("pull_request", body, { secret, signature })).status).toBe(202);
  for (const wrong of [
    undefined,
    "",
    signature.slice(7),
    signature.replace(/.$/, "x"),
    `sha256=${"0".repeat(64)}`,
  ])
    expect(
      await deliver("pull_request", body, { secret, ...(wrong !== undefined && { signature: wrong }) }),
    ).toMatchObject({
      status: 401,
      published: [],
    });
});
