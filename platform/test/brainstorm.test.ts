/**
 * The specification's second use case through the whole platform: a brainstorm is asked for from TypeScript, from Python
 * and by curl, and each request becomes a meeting that names it as its cause.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Publisher } from "@33god/bloodbank";
import { loadCatalog } from "@33god/holyfields";
import { expect, test } from "vitest";
import { interpreter, runPython } from "../../python/test/support/python.js";
import { onEachEngine } from "./support/on-each-engine.js";
import { eventually } from "./support/running-platform.js";

const payload = { feature_name: "dark mode", feature_description: "for those who work at night" };

onEachEngine("a brainstorm", { args: ["--only", "theboard-meeting-trigger"] }, (fixture) => {
  async function becomesMeeting(requestId: string): Promise<void> {
    const { api } = fixture();
    const nodes = await eventually(async () => {
      const { status, body } = await api.get(`/api/v1/events/trace/${requestId}`);
      return status === 200 && body.nodes.length === 2 && body.nodes;
    });
    const types = nodes.map(({ event_type }: { event_type: string }) => event_type);
    expect(types).toEqual(["feature.brainstorm.requested", "theboard.meeting.created"]);
    const { body: created } = await api.get(`/api/v1/events/${nodes[1].event_id}`);
    expect(created.event.correlation_ids).toEqual([requestId]);
    expect(created.event.payload.topic).toBe("dark mode: for those who work at night");
  }

  test("that is asked for in TypeScript", async () => {
    const publisher = new Publisher({
      url: fixture().platform.amqp,
      catalog: loadCatalog(),
      source: { host: "test", type: "manual", app: "feature-requester" },
    });
    await publisher.start();
    const { event } = await publisher.publish("feature.brainstorm.requested", payload);
    await publisher.close();
    await becomesMeeting(event.event_id);
  });

  test("that is asked for by curl", async () => {
    const { stdout } = await promisify(execFile)("curl", [
      ...["-s", "-X", "POST", `${fixture().platform.http}/events/feature.brainstorm.requested`],
      ...["-H", "content-type: application/json", "-d", JSON.stringify(payload)],
    ]);
    await becomesMeeting(JSON.parse(stdout).event_id);
  });

  test.skipIf(interpreter === undefined)("that is asked for in Python", async () => {
    const said = await runPython(["request_brainstorm.py"], {
      env: { RABBITMQ_URL: fixture().platform.amqp },
    });
    await becomesMeeting(said.replace("published ", ""));
  });
});
