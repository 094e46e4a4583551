/** Declared against observed, on each engine; and the admission of what foreign clients publish. */
import amqplib from "amqplib";
import { expect, test } from "vitest";
import { onEachEngine } from "./support/on-each-engine.js";
import { eventually } from "./support/running-platform.js";

interface Topology {
  readonly nodes: readonly {
    id: string;
    kind: string;
    declared: boolean;
    observed: boolean;
    depth?: number;
  }[];
  readonly edges: readonly {
    from: string;
    to: string;
    kind: string;
    label?: string;
    declared: boolean;
    observed: boolean;
    rate?: number;
  }[];
  readonly findings: readonly { code: string; subject: string; message: string; severity: string }[];
}

onEachEngine("topology", { args: ["--only", "agent-feedback-router"] }, (fixture) => {
  const topology = async () => (await fixture().api.get("/api/v1/topology")).body as Topology;
  const finding = (code: string, subject: string) =>
    eventually(async () =>
      (await topology()).findings.find((one) => one.code === code && one.subject === subject),
    );

  test("a service that runs is connected, one that does not is declared and missing, each edge has both ends", async () => {
    const graph = await eventually(async () => {
      const now = await topology();
      return now.nodes.some(({ id, observed }) => id === "consumer:agent-feedback-router" && observed) && now;
    });
    const ids = new Set(graph.nodes.map(({ id }) => id));
    expect(ids.size).toBe(graph.nodes.length);
    for (const { from, to } of graph.edges) expect([...ids]).toEqual(expect.arrayContaining([from, to]));
    const missing = await finding("NOT_CONNECTED", "consumer:fireflies-transcript-processor");
    expect(missing.message).toContain("declared and not connected");
    // The broker may tell of its consumer before its process does.
    const router = await eventually(async () => {
      const { body } = await fixture().api.get("/api/v1/services/agent-feedback-router");
      return body.process.state === "running" && body;
    });
    expect(router).toMatchObject({
      observed: { connected: true, consumers: 1 },
      process: { state: "running" },
    });
  });

  test("what a producer sends flows along its edge, by the name in its events", async () => {
    const rate = await eventually(async () => {
      // What flows is told of the last seconds: it must go on until somebody has looked.
      const published = await fixture().api.post("/events", {
        event_id: crypto.randomUUID(),
        event_type: "llm.prompt",
        timestamp: new Date().toISOString(),
        version: "v1",
        source: { host: "test", type: "system", app: "tonny-agent" },
        correlation_ids: [],
        payload: { provider: "anthropic", prompt: "Hello" },
      });
      expect(published.status).toBe(202);
      return (await topology()).edges.find(({ from }) => from === "service:tonny-agent")?.rate;
    });
    expect(rate).toBeGreaterThan(0);
    expect((await topology()).edges.find(({ from }) => from === "service:external")?.rate).toBeUndefined();
  });

  test("a queue that nobody declared, and a binding that an entry does not say, are found", async () => {
    const connection = await amqplib.connect(fixture().platform.amqp);
    const channel = await connection.createChannel();
    await channel.assertQueue("somebodys.debug", { durable: true });
    await channel.bindQueue("somebodys.debug", "bloodbank.events.v1", "#");
    await channel.bindQueue("services.agent.feedback_router", "bloodbank.events.v1", "llm.*");
    expect(await finding("UNDECLARED_QUEUE", "queue:somebodys.debug")).toMatchObject({
      message: expect.stringContaining("nobody consumes it"),
    });
    expect(await finding("BINDING_UNDECLARED", "queue:services.agent.feedback_router")).toMatchObject({
      message: expect.stringContaining("llm.*"),
    });
    const edge = (await topology()).edges.find(
      ({ to, label }) => to === "queue:services.agent.feedback_router" && label === "llm.*",
    );
    expect(edge).toMatchObject({ declared: false, observed: true });
    await channel.unbindQueue("services.agent.feedback_router", "bloodbank.events.v1", "llm.*");
    await channel.deleteQueue("somebodys.debug");
    await connection.close();
  });

  test("what a foreign client publishes against its contract is refused with reasons, or recorded as invalid", async () => {
    const connection = await amqplib.connect(fixture().platform.amqp);
    const channel = await connection.createConfirmChannel();
    const event_id = crypto.randomUUID();
    const body = Buffer.from(JSON.stringify({ event_id, event_type: "artifact.created", payload: {} }));
    const publishing = new Promise<boolean>((resolve) =>
      channel.publish(
        "bloodbank.events.v1",
        "artifact.created",
        body,
        { messageId: event_id, persistent: true },
        (error) => resolve(error === null),
      ),
    );
    expect(await publishing).toBe(!fixture().engine.admits);
    if (fixture().engine.admits) {
      const { quarantined } = (await fixture().api.get("/api/v1/quarantine")).body;
      expect(quarantined).toMatchObject([{ event_id, routing_key: "artifact.created" }]);
      expect(quarantined[0].violations.length).toBeGreaterThan(3);
    } else {
      const stored = await eventually(async () => {
        const answer = await fixture().api.get(`/api/v1/events/${event_id}`);
        return answer.status === 200 && answer.body;
      });
      expect(stored.valid).toBe(false);
      expect(stored.violations.length).toBeGreaterThan(3);
    }
    await connection.close();
  });

  test("a service is stopped, started and read over HTTP", async () => {
    const { api } = fixture();
    const at = "/api/v1/services/agent-feedback-router";
    expect((await api.get(`${at}/logs?lines=5`)).text).toContain("agent-feedback-router");
    expect((await api.post(`${at}/stop`)).body).toMatchObject({ state: "stopped" });
    expect((await api.get("/health/ready")).status).toBe(200);
    expect((await api.post(`${at}/start`)).status).toBe(200);
    await eventually(async () => (await api.get(at)).body.process.state === "running");
    expect(await api.post("/api/v1/services/nobody/stop")).toMatchObject({
      status: 404,
      body: { code: "SERVICE_NOT_FOUND" },
    });
    expect(await api.post("/api/v1/services/candybar/stop")).toMatchObject({
      status: 404,
      body: { detail: "The platform does not run candybar." },
    });
  });
});
