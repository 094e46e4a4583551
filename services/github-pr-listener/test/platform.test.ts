/** GitHub's own example, signed, through the whole platform on each engine. */
import { createHmac, randomUUID } from "node:crypto";
import examples from "@octokit/webhooks-examples" with { type: "json" };
import { expect, test } from "vitest";
import { onEachEngine } from "../../../platform/test/support/on-each-engine.js";
import { eventually } from "../../../platform/test/support/running-platform.js";

const SECRET = "a secret of this test";
const opened = JSON.stringify(
  (JSON.parse(JSON.stringify(examples)) as { name: string; examples: { action?: string }[] }[])
    .find(({ name }) => name === "pull_request")
    ?.examples.find(({ action }) => action === "opened"),
);
const sign = (body: string, secret: string) =>
  `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;

onEachEngine(
  "a pull request on GitHub",
  { args: ["--no-services"], env: { GITHUB_WEBHOOK_SECRET: SECRET } },
  (fixture) => {
    const deliver = (delivery: string, signature: string, body = opened, event = "pull_request") =>
      fixture().api.post("/webhooks/github", body, {
        "x-github-event": event,
        "x-github-delivery": delivery,
        "x-hub-signature-256": signature,
      });

    test("becomes one event that is recorded, however often GitHub delivers it", async () => {
      const delivery = randomUUID();
      const first = await deliver(delivery, sign(opened, SECRET));
      expect(first.status).toBe(202);
      const again = await deliver(delivery, sign(opened, SECRET));
      expect(again.body.event_id).toBe(first.body.event_id);
      const stored = await eventually(async () => {
        const { status, body } = await fixture().api.get(`/api/v1/events/${first.body.event_id}`);
        return status === 200 && body;
      });
      const pullRequest = JSON.parse(opened);
      expect(stored).toMatchObject({
        valid: true,
        event: {
          event_type: "github.pr.created",
          source: { type: "webhook", app: "github-pr-listener" },
          payload: { repository: pullRequest.repository.full_name, number: pullRequest.number },
        },
      });
      const { body } = await fixture().api.get("/api/v1/events?type=github.pr.created");
      expect(body.events).toHaveLength(1);
    });

    test("is not believed with another's signature, and one without news is taken and ignored", async () => {
      expect(await deliver(randomUUID(), sign(opened, "another"))).toMatchObject({ status: 401 });
      const ping = JSON.stringify({ zen: "Keep it logically awesome." });
      const answer = await deliver(randomUUID(), sign(ping, SECRET), ping, "ping");
      expect(answer.status).toBe(202);
      expect(answer.body.event_id).toBeUndefined();
    });
  },
);
