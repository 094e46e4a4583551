/** What RabbitMQ refuses: a message, for now or for good, and a user. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { onRabbitBus } from "./support/bus.js";
import { type PublisherShell, type Publishers, startPublishers } from "./support/publisher-shell.js";

const QUEUE = "python.full";

onRabbitBus("a publisher that is refused", (bus) => {
  let publishers: Publishers;
  beforeAll(() => {
    publishers = startPublishers({ env: { RABBITMQ_URL: bus().url } });
  });
  afterEach(() => publishers.leaveAll());
  afterAll(() => publishers?.stop());
  async function publisher(settings: object = {}) {
    const made = await publishers.make(settings);
    await made.start();
    return made;
  }
  const publish = (shell: PublisherShell, file_path: string) =>
    shell.publish("artifact.created", { artifact_type: "document", file_path });

  test("publishes again, on a fresh channel, until it is taken; and is told when it never is", async () => {
    await bus().management("PUT", `queues/{vhost}/${QUEUE}`, {
      durable: true,
      arguments: { "x-max-length": 1, "x-overflow": "reject-publish" },
    });
    const patient = await publisher();
    const hasty = await publisher({ deadline: 1 });
    await bus().management("POST", `bindings/{vhost}/e/bloodbank.events.v1/q/${QUEUE}`, {
      routing_key: "artifact.created",
    });
    expect(await publish(patient, "/fills.md")).toMatchObject({ routed: true });
    const refused = publish(patient, "/never.md");
    expect(await refused).toMatchObject({ error: "PUBLISH_REFUSED" });

    const waiting = [publish(patient, "/first.md"), publish(patient, "/second.md")];
    // The queue is still full, and yet it is not refused within this second.
    expect(await publish(hasty, "/late.md")).toMatchObject({ error: "PUBLISH_TIMEOUT" });
    const tap = await bus().tap(QUEUE);
    for (const { event_id, error } of await Promise.all(waiting)) {
      expect(error).toBeUndefined();
      await tap.find(({ properties }) => properties.messageId === event_id);
    }
  });

  test("a user who is not let in is told at once, and what to look at", async () => {
    const limited = new URL(bus().url);
    limited.username = limited.password = `limited-${process.pid}`;
    await bus().management("PUT", `users/${limited.username}`, { password: limited.password, tags: "" });
    await bus().management("PUT", `permissions/{vhost}/${limited.username}`, {
      configure: "",
      write: ".*",
      read: "",
    });
    const wrong = new URL(bus().url);
    wrong.password = "wrong";
    const elsewhere = new URL(bus().url);
    elsewhere.pathname = "/nowhere";
    try {
      for (const [url, why] of [
        [wrong, "ACCESS_REFUSED"],
        [elsewhere, "there is no such virtual host"],
        [limited, "ACCESS_REFUSED - access to exchange 'bloodbank.events.v1'"],
      ] as const) {
        const answer = await (await publishers.make({ url: url.href })).start();
        expect(answer).toMatchObject({ error: "BROKER_UNREACHABLE", message: expect.stringContaining(why) });
        expect(answer.message).toContain("Check user, password and virtual host in RABBITMQ_URL.");
      }
    } finally {
      await bus().management("DELETE", `users/${limited.username}`);
    }
  });
});
