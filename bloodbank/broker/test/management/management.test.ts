/** What is ours alone: rates by the broker's clock, metrics, admission, definitions at start, pages of elsewhere. */
import amqplib from "amqplib";
import { afterEach, describe, expect, it } from "vitest";
import type { PublishAttempt } from "../../src/index.js";
import { Api, type Engine, startOurs } from "./api.js";

describe("the management API", () => {
  const open: Engine[] = [];

  async function start(...args: Parameters<typeof startOurs>) {
    const engine = await startOurs(...args);
    open.push(engine);
    return engine;
  }

  afterEach(async () => {
    for (const engine of open.splice(0)) await engine.close();
  });

  it("counts messages and gives their rates over the last interval", async () => {
    const timers: { at: number; callback: () => void }[] = [];
    let now = 1_000_000;
    const clock = {
      now: () => now,
      after(ms: number, callback: () => void) {
        const timer = { at: now + ms, callback };
        timers.push(timer);
        return () => void timers.splice(timers.indexOf(timer), 1);
      },
    };
    const { api } = await start({ clock });
    await api.put("/queues/%2F/q");
    for (let i = 0; i < 10; i++)
      await api.post("/exchanges/%2F/amq.default/publish", {
        properties: {},
        routing_key: "q",
        payload: "x",
        payload_encoding: "string",
      });
    for (let tick = 0; tick < 2; tick++) {
      now += 5000;
      const due = timers.filter(({ at }) => at <= now);
      for (const timer of due) {
        timers.splice(timers.indexOf(timer), 1);
        timer.callback();
      }
      if (tick === 0)
        await api.post("/exchanges/%2F/amq.default/publish", {
          properties: {},
          routing_key: "q",
          payload: "x",
          payload_encoding: "string",
        });
    }
    expect((await api.get("/queues/%2F/q")).body).toMatchObject({
      messages: 11,
      messages_ready: 11,
      messages_details: { rate: 0.2 },
      message_stats: { publish: 11, publish_details: { rate: 0.2 } },
      idle_since: new Date(1_000_000).toISOString().replace("Z", "+00:00"),
    });
    expect((await api.get("/overview")).body).toMatchObject({
      queue_totals: { messages: 11 },
      message_stats: { publish: 11, publish_details: { rate: 0.2 } },
    });
  });

  it("counts what is routed nowhere, and what a channel was given", async () => {
    const { api, amqp } = await start();
    const connection = await amqplib.connect(amqp("/"));
    const channel = await connection.createChannel();
    await channel.assertQueue("q");
    for (const queue of ["nowhere", "q", "q"]) channel.sendToQueue(queue, Buffer.from("x"));
    await channel.get("q", { noAck: true });
    await new Promise((resolve) => channel.consume("q", resolve));
    expect((await api.get("/overview")).body.message_stats).toMatchObject({
      drop_unroutable: 1,
      deliver_get: 2,
    });
    expect((await api.get("/channels")).body).toMatchObject([
      { message_stats: { publish: 3, deliver_get: 2 } },
    ]);
    await connection.close();
  });

  it("gives Prometheus its metrics without credentials", async () => {
    const { api } = await start();
    await api.put("/queues/%2F/q%22uoted");
    const text = await (await fetch(`${api.origin}/metrics`)).text();
    expect(text).toMatch(/^# TYPE rabbitmq_queue_messages_ready gauge\nrabbitmq_queue_messages_ready 0$/m);
    expect(text).toMatch(/^rabbitmq_global_messages_received_total\{protocol="amqp091"\} 0$/m);
    const perObject = await (await fetch(`${api.origin}/metrics/per-object`)).text();
    expect(perObject).toContain('rabbitmq_queue_messages{vhost="/",queue="q\\"uoted"} 0');
  });

  it("asks admission about what it publishes", async () => {
    const attempts: Partial<PublishAttempt>[] = [];
    const { api } = await start({
      guarded: ["events"],
      quarantineQueue: "quarantine",
      admit: ({ exchange, routingKey, client }) => {
        attempts.push({ exchange, routingKey, client });
        return routingKey === "good" ? true : { action: "refuse", reason: "not good" };
      },
    });
    await api.put("/exchanges/%2F/events", { type: "topic" });
    await api.put("/queues/%2F/all");
    await api.post("/bindings/%2F/e/events/q/all", { routing_key: "#" });
    const publish = (routing_key: string) =>
      api.post("/exchanges/%2F/events/publish", {
        properties: { delivery_mode: 2 },
        routing_key,
        payload: "x",
        payload_encoding: "string",
      });
    expect((await publish("good")).body).toEqual({ routed: true });
    expect(await publish("bad")).toMatchObject({ status: 400, body: { reason: "not good" } });
    expect(attempts).toMatchObject([
      { routingKey: "good", client: { user: "guest" } },
      { routingKey: "bad", client: { name: "management API" } },
    ]);
    expect((await api.get("/queues/%2F/all")).body.messages).toBe(1);
    expect((await api.get("/queues/%2F/quarantine")).body.messages).toBe(1);
  });

  it("answers the process that started the broker as it answers over HTTP, and whatever became of the users", async () => {
    const { api, broker } = await start();
    const asked = async (path: string) => {
      const { status, text } = await broker.manage("GET", path);
      return { status, body: JSON.parse(text) };
    };
    await api.put("/queues/%2F/over-http", { durable: true });
    expect(await broker.manage("PUT", "/queues/%2F/in-process", { durable: true })).toEqual({
      status: 201,
      text: "",
    });
    for (const path of [
      "/queues/%2F?columns=name,durable,type",
      "/bindings/%2F",
      "/exchanges/%2F",
      "/policies/%2F",
      "/queues/%2F/none",
      "/nothing",
    ]) {
      const { status, body } = await api.get(path);
      expect(await asked(path), path).toEqual({ status, body });
    }
    await api.delete("/users/guest");
    expect((await api.get("/queues/%2F")).status).toBe(401);
    expect((await broker.manage("DELETE", "/queues/%2F/over-http")).status).toBe(204);
    expect(await asked("/queues/%2F?columns=name")).toEqual({ status: 200, body: [{ name: "in-process" }] });
  });

  it("answers the process that started the broker also where it does not listen", async () => {
    const { broker } = await start({ managementPort: undefined as never });
    expect(broker.managementPort).toBeUndefined();
    expect((await broker.manage("GET", "/overview")).status).toBe(200);
  });

  it("lets policies take hold of queues that are there", async () => {
    const { api } = await start();
    await api.put("/queues/%2F/q");
    await api.put("/queues/%2F/q.dlq");
    await api.put("/policies/%2F/p", {
      pattern: "^q$",
      definition: { "max-length": 1, "dead-letter-exchange": "", "dead-letter-routing-key": "q.dlq" },
    });
    for (const payload of ["old", "new"])
      await api.post("/exchanges/%2F/amq.default/publish", {
        properties: {},
        routing_key: "q",
        payload,
        payload_encoding: "string",
      });
    const queue = (await api.get("/queues/%2F/q")).body;
    expect(queue).toMatchObject({
      policy: "p",
      messages: 1,
      effective_policy_definition: { "max-length": 1, "dead-letter-routing-key": "q.dlq" },
    });
    const dead = await api.post("/queues/%2F/q.dlq/get", {
      count: 1,
      ackmode: "ack_requeue_false",
      encoding: "auto",
    });
    expect(dead.body).toMatchObject([
      {
        payload: "old",
        properties: { headers: { "x-death": [{ reason: "maxlen", queue: "q", count: 1 }] } },
      },
    ]);
  });

  it("refuses changes that another site's page asks for", async () => {
    const { api } = await start();
    const from = (origin: string) => api.call("PUT", "/queues/%2F/q", {}, { origin });
    expect((await from("http://evil.example")).status).toBe(403);
    expect((await from(api.origin)).status).toBe(201);
  });

  it("closes the connections of a virtual host that is deleted", async () => {
    const engine = await start();
    await engine.api.put("/vhosts/v");
    const connection = await amqplib.connect(engine.amqp("v"));
    const closed = new Promise<Error>((resolve) => connection.on("close", resolve));
    expect((await engine.api.delete("/vhosts/v")).status).toBe(204);
    expect((await closed).message).toContain("CONNECTION_FORCED - vhost 'v' is deleted");
  });
});

describe("definitions given at the start", () => {
  const definitions = {
    users: [
      {
        name: "app",
        // Made by RabbitMQ 3.10.8 for the password "p".
        password_hash: "C6yaN+v0pqArr3rorN6OXxDRuPcYHGyida7QQFwQpWKlVcdN",
        hashing_algorithm: "rabbit_password_hashing_sha256",
        tags: ["management"],
      },
    ],
    vhosts: [{ name: "/" }, { name: "apps", metadata: { description: "theirs", tags: [] } }],
    permissions: [{ user: "app", vhost: "apps", configure: ".*", write: ".*", read: ".*" }],
    policies: [
      {
        vhost: "apps",
        name: "p",
        pattern: ".*",
        "apply-to": "queues",
        priority: 0,
        definition: { "max-length": 2 },
      },
    ],
    exchanges: [
      {
        name: "x",
        vhost: "apps",
        type: "fanout",
        durable: true,
        auto_delete: false,
        internal: false,
        arguments: {},
      },
    ],
    queues: [{ name: "q", vhost: "apps", durable: true, auto_delete: false, arguments: {} }],
    bindings: [
      {
        source: "x",
        vhost: "apps",
        destination: "q",
        destination_type: "queue",
        routing_key: "",
        arguments: {},
      },
    ],
  };

  it("are in force before the first client comes", async () => {
    const engine = await startOurs({ definitions });
    try {
      const connection = await amqplib.connect(engine.amqp("apps", "app", "p"));
      const channel = await connection.createConfirmChannel();
      for (let i = 0; i < 3; i++) channel.publish("x", "", Buffer.from("m"));
      await channel.waitForConfirms();
      expect((await channel.checkQueue("q")).messageCount).toBe(2);
      await connection.close();
    } finally {
      await engine.close();
    }
  });

  it("stop the start where one cannot be applied, and name it", async () => {
    const broken = { queues: [{ name: "q", vhost: "/", arguments: { "x-message-ttl": -1 } }] };
    await expect(startOurs({ definitions: broken })).rejects.toMatchObject({
      code: "DEFINITIONS_INVALID",
      message: expect.stringContaining("queues[0] (q): PRECONDITION_FAILED - invalid arg 'x-message-ttl'"),
    });
    await expect(startOurs({ definitions: [] })).rejects.toMatchObject({ code: "DEFINITIONS_INVALID" });
  });

  it("can be exported again, secrets only as hashes", async () => {
    const engine = await startOurs({ definitions });
    try {
      const { body } = await engine.api.get("/definitions");
      expect(body).toMatchObject({
        vhosts: expect.arrayContaining([expect.objectContaining({ name: "apps" })]),
        queues: [{ name: "q", vhost: "apps" }],
        users: expect.arrayContaining([
          expect.objectContaining({ name: "app", password_hash: expect.any(String) }),
        ]),
      });
      expect((await new Api(engine.api.origin, "app", "p").get("/definitions")).status).toBe(401);
    } finally {
      await engine.close();
    }
  });
});
