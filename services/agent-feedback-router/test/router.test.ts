/** Feedback to the agent and back, on each engine of the bus, with AgentForge's HTTP API played by a real server. */
import { type BusOptions, deadLetterQueue, Publisher, RawConsumer } from "@33god/bloodbank";
import type { EventEnvelope } from "@33god/holyfields";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { engines, type TestBus } from "../../../bloodbank/client/test/support/engines.js";
import { eventually } from "../../../bloodbank/client/test/support/eventually.js";
import { catalog } from "../../service-kit/test/support/catalog.js";
import { type Answer, type Peer, startPeer } from "../../service-kit/test/support/peer.js";
import { ROUTER_QUEUE, routerService } from "../src/index.js";

for (const engine of engines)
  describe.skipIf(!engine.available)(`the feedback router (${engine.name})`, () => {
    let bus: TestBus;
    let options: BusOptions;
    let publisher: Publisher;
    let responses: EventEnvelope[] = [];
    let running: { close(): Promise<void> }[] = [];

    beforeEach(async () => {
      bus = await engine.open();
      responses = [];
      options = { url: bus.url, catalog, source: { host: "test", type: "agent", app: "router" } };
      publisher = new Publisher(options);
      const recorder = new RawConsumer(options, {
        queue: "services.test.recorder",
        bindings: ["agent.feedback.response"],
        onBatch: async (batch) => {
          for (const { body } of batch) responses.push(JSON.parse(Buffer.from(body).toString("utf8")));
        },
      });
      running = [publisher, recorder];
      await Promise.all([publisher.start(), recorder.start()]);
    });
    afterEach(async () => {
      await Promise.all(running.map((one) => one.close()));
      await bus.close();
    });

    async function run(script?: readonly Answer[]): Promise<Peer | undefined> {
      const peer = script && (await startPeer(script));
      if (peer !== undefined) running.push(peer);
      const service = routerService({
        bus: options,
        log: () => {},
        forge: peer && { url: `${peer.url}/`, timeout: 5_000 },
      });
      running.push(service);
      await service.start();
      return peer;
    }
    const ask = () =>
      publisher.publish("agent.feedback.requested", {
        agent_id: "agent/7",
        message: "Well done",
        tags: ["praise"],
      });
    const answered = () => eventually(() => responses[0], "the response");
    async function deadLetters(): Promise<string[]> {
      const dead: string[] = [];
      const reader = new RawConsumer(options, {
        queue: deadLetterQueue(ROUTER_QUEUE),
        onBatch: async (batch) => {
          for (const { headers } of batch) dead.push(String(headers["x-reason"]));
        },
      });
      running.push(reader);
      await reader.start();
      return dead;
    }

    test("the agent's answer comes back, caused by the request", async () => {
      const peer = await run([
        { body: { response: "Thank you", letta_agent_id: "l-1", metadata: { mood: "fine" } } },
      ]);
      const { event } = await ask();
      const response = await answered();
      expect(response).toMatchObject({
        correlation_ids: [event.event_id],
        payload: { agent_id: "agent/7", response: "Thank you", status: "ok", letta_agent_id: "l-1" },
      });
      expect(catalog.validate(response)).toMatchObject({ valid: true });
      expect(peer?.requests).toMatchObject([{ path: "/agents/agent%2F7/feedback", method: "POST" }]);
      expect(peer?.requests[0]?.headers["idempotency-key"]).toBe(event.event_id);
    });

    test("a 500 and silence are got over", async () => {
      const peer = await run([{ status: 500 }, { fault: "silence" }, { body: { response: "At last" } }]);
      await ask();
      expect(await answered()).toMatchObject({ payload: { response: "At last", status: "ok" } });
      expect(peer?.requests).toHaveLength(3);
    });

    test.each<readonly [string, readonly Answer[] | undefined, string]>([
      ["an agent that nobody knows", [{ status: 404, body: "no such agent" }], "no such agent"],
      ["an answer without a response", [{ body: { text: "?" } }], "no `response`"],
      ["no AgentForge at all", undefined, "AGENTFORGE_URL"],
    ])("%s is answered with an error, and dead-lettered", async (_, script, said) => {
      await run(script);
      await ask();
      const response = await answered();
      expect(response.payload).toMatchObject({
        status: "error",
        error_message: expect.stringContaining(said),
      });
      expect(catalog.validate(response)).toMatchObject({ valid: true });
      const dead = await deadLetters();
      await eventually(() => dead.length === 1, "the dead letter");
      expect(dead[0]).toContain(said);
    });
  });
