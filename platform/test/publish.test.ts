/** Events into the bus over HTTP, and what never gets in. */
import { Consumer } from "@33god/bloodbank";
import { loadCatalog } from "@33god/holyfields";
import { expect, test } from "vitest";
import { onEachEngine } from "./support/on-each-engine.js";
import { eventually } from "./support/running-platform.js";

const artifact = (file_path: string) => ({ artifact_type: "code", file_path });
const envelope = (event_id: string, payload: object = artifact("/whole")) => ({
  event_id,
  event_type: "artifact.created",
  timestamp: "2026-11-24T12:00:00.000Z",
  version: "v1",
  source: { host: "test", type: "agent", app: "suite" },
  correlation_ids: [],
  agent_context: null,
  payload,
});
const id = () => crypto.randomUUID();

onEachEngine("publishing over HTTP", { args: ["--no-services"] }, (fixture) => {
  const stored = (eventId: string) =>
    eventually(async () => {
      const { status, body } = await fixture().api.get(`/api/v1/events/${eventId}`);
      return status === 200 && body;
    });
  const total = async () => (await fixture().api.get("/api/v1/events/counts")).body.total as number;

  test("a payload becomes an event that can be found, with its causes and its agent's context", async () => {
    const cause = id();
    const { status, body } = await fixture().api.post("/events/artifact.created", artifact("/a"), {
      "x-correlation-ids": cause,
      "x-source-app": "node-red",
      "x-source-type": "webhook",
      "x-agent-context": '{"name":"ada"}',
    });
    expect(status).toBe(202);
    expect(body).toMatchObject({
      event_type: "artifact.created",
      version: "v1",
      routed: true,
      correlation_ids: [cause],
    });
    const { event, valid } = await stored(body.event_id);
    expect(valid).toBe(true);
    expect(event).toMatchObject({
      source: { app: "node-red", type: "webhook" },
      correlation_ids: [cause],
      agent_context: { name: "ada" },
      payload: artifact("/a"),
    });
  });

  test("an Idempotency-Key stands for one event, however often and in whatever order it is sent", async () => {
    const { api } = fixture();
    const key = { "idempotency-key": `key ${id()}` };
    const both = await Promise.all(
      [1, 2].map(() => api.post("/events/artifact.created", artifact("/once"), key)),
    );
    const ids = new Set(both.map(({ body }) => body.event_id));
    expect(ids.size).toBe(1);
    const again = await api.post("/events/artifact.created", artifact("/once"), key);
    expect(again).toMatchObject({ status: 202, body: { repeated: true } });
    expect(ids).toContain(again.body.event_id);
    const other = await api.post("/events/artifact.created", artifact("/other"), key);
    expect(other).toMatchObject({ status: 409, body: { code: "IDEMPOTENCY_CONFLICT" } });
    await stored(again.body.event_id);
    // One of those that come at once is the event; it decides on the others.
    const rivals = { "idempotency-key": `key ${id()}` };
    const answers = await Promise.all(
      ["/a", "/a", "/b", "/b"].map((file) => api.post("/events/artifact.created", artifact(file), rivals)),
    );
    const accepted = answers.filter(({ status }) => status === 202);
    expect(answers.filter(({ body }) => body.code === "IDEMPOTENCY_CONFLICT")).toHaveLength(2);
    expect(accepted.map(({ body }) => body.repeated === true).sort()).toEqual([false, true]);
    const uuid = id();
    const named = await api.post("/events/artifact.created", artifact("/u"), { "idempotency-key": uuid });
    expect(named.body.event_id).toBe(uuid);
  });

  test("the answer says whether anything but the event store was bound for the event", async () => {
    const { api, platform } = fixture();
    const publish = async (type: string, payload: object) =>
      (await api.post(`/events/${type}`, payload)).body.receivers;
    const worktree = { repo: "r", branch: "b", path: "/w" };
    // The store's own queue is bound while the platform starts; what was seen of the bindings is told for a second.
    await eventually(async () => (await publish("worktree.created", worktree)) === "event_store");
    const consumer = new Consumer(
      {
        url: platform.amqp,
        catalog: loadCatalog(),
        source: { host: "test", type: "system", app: "receiver" },
      },
      { queue: "services.test.receiver" },
    ).on("worktree.*", () => undefined);
    await consumer.start();
    await eventually(async () => (await publish("worktree.created", worktree)) === "queues");
    expect(await publish("artifact.created", artifact("/alone"))).toBe("event_store");
    await consumer.close();
  });

  test("a batch of payloads, of events and of lines goes in whole", async () => {
    const { api } = fixture();
    const payloads = await api.post("/events/artifact.created", [artifact("/1"), artifact("/2")]);
    expect(payloads).toMatchObject({ status: 202, body: { accepted: 2 } });
    const events = [envelope(id()), envelope(id())];
    expect(await api.post("/events", events)).toMatchObject({ status: 202, body: { accepted: 2 } });
    const lines = [envelope(id()), envelope(id()), envelope(id())];
    const text = `${lines.map((line) => JSON.stringify(line)).join("\n")}\n\n`;
    expect(await api.post("/events", text, { "content-type": "application/x-ndjson" })).toMatchObject({
      status: 202,
      body: { accepted: 3 },
    });
    for (const { event_id } of [...payloads.body.events, ...events, ...lines]) await stored(event_id);
  });

  test("a whole event is taken as it is, at its own address too", async () => {
    const one = envelope(id());
    expect((await fixture().api.post("/events", one)).body.event_id).toBe(one.event_id);
    const two = envelope(id());
    expect((await fixture().api.post("/events/artifact.created", two)).body.event_id).toBe(two.event_id);
    expect((await stored(two.event_id)).event).toEqual(two);
  });

  test("what is wrong is refused with a problem that says where and what to do, and nothing enters the bus", async () => {
    const { api } = fixture();
    const first = await api.post("/events/artifact.created", artifact("/before"));
    await stored(first.body.event_id);
    const before = await total();
    const cases: [
      path: string,
      body: unknown,
      status: number,
      code: string,
      headers?: Record<string, string>,
    ][] = [
      ["/events/artifact.created", "{", 400, "MALFORMED_JSON"],
      [
        "/events/artifact.created",
        '{"artifact_type":"a","artifact_type":"b","file_path":"/"}',
        400,
        "MALFORMED_JSON",
      ],
      ["/events/artifact.created", "", 400, "MALFORMED_JSON"],
      ["/events/artifact.created", Buffer.from([0x22, 0xff, 0x22]), 400, "MALFORMED_JSON"],
      ["/events/artifact.created", { artifact_type: 1 }, 422, "CONTRACT_VIOLATION"],
      ["/events/artifact.created", "null", 422, "CONTRACT_VIOLATION"],
      ["/events/artifact.craeted", {}, 422, "UNKNOWN_EVENT_TYPE"],
      ["/events/artifact.updated", envelope(id()), 422, "ROUTING_KEY_MISMATCH"],
      ["/events", { event_type: "artifact.created" }, 422, "CONTRACT_VIOLATION"],
      ["/events", [envelope(id()), envelope(id(), {})], 422, "CONTRACT_VIOLATION"],
      [
        "/events",
        `${JSON.stringify(envelope(id()))}\n{`,
        400,
        "MALFORMED_JSON",
        { "content-type": "application/x-ndjson" },
      ],
      ["/events/artifact.created", "{}", 415, "UNSUPPORTED_MEDIA_TYPE", { "content-type": "text/plain" }],
      ["/events/artifact.created", artifact("x".repeat(17 * 1024 * 1024)), 413, "TOO_LARGE"],
      [
        "/events/artifact.created",
        artifact("/"),
        422,
        "CONTRACT_VIOLATION",
        { "x-correlation-ids": "not-an-id" },
      ],
    ];
    for (const [path, body, status, code, headers] of cases) {
      const answer = await api.post(path, body, headers);
      expect(answer.body, `${path} ${JSON.stringify(body)?.slice(0, 80)}`).toMatchObject({ status, code });
      expect(answer.status).toBe(status);
      expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
      expect(answer.body.detail).not.toBe("");
    }
    const violation = await api.post("/events", [envelope(id()), envelope(id(), {})]);
    expect(violation.body.violations.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      "/1/payload/artifact_type",
      "/1/payload/file_path",
    ]);
    const unknown = await api.post("/events/artifact.craeted", {});
    expect(unknown.body).toMatchObject({
      nearest: expect.arrayContaining(["artifact.created"]),
      hint: "Did you mean artifact.created?",
    });
    const after = await api.post("/events/artifact.created", artifact("/after"));
    await stored(after.body.event_id);
    expect(await total()).toBe(before + 1);
  });

  test("a page of another origin, and a name that is not the platform's, are turned away", async () => {
    const { api } = fixture();
    const origin = await api.post("/events/artifact.created", artifact("/"), {
      origin: "https://evil.example",
    });
    expect(origin).toMatchObject({ status: 403, body: { code: "FOREIGN_ORIGIN" } });
    // A form's content type needs no leave of the browser, and nothing is signed here.
    const hook = await api.post("/webhooks/fireflies", "{}", {
      origin: "https://evil.example",
      "content-type": "application/x-www-form-urlencoded",
    });
    expect(hook).toMatchObject({ status: 403, body: { code: "FOREIGN_ORIGIN" } });
  });
});
