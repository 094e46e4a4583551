/** What clients of the management API rely on, held against RabbitMQ itself where it is at hand. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../conformance/client.js";
import { ENGINES, type Engine, uniqueName } from "./api.js";

describe.each(ENGINES)("the management API of %s", (_name, open) => {
  let engine: Engine;
  const vhost = uniqueName("test");
  const v = encodeURIComponent(vhost);

  beforeAll(async () => {
    engine = await open();
    expect((await engine.api.put(`/vhosts/${v}`, { description: "a test", tags: "one,two" })).status).toBe(
      201,
    );
    await engine.api.put(`/permissions/${v}/guest`, { configure: ".*", write: ".*", read: ".*" });
  });

  afterAll(async () => {
    await engine.api.delete(`/vhosts/${v}`);
    await engine.close();
  });

  it("says who asks, and lets nobody in who gives no or wrong credentials", async () => {
    expect((await engine.api.get("/whoami")).body).toMatchObject({ name: "guest", tags: ["administrator"] });
    const refused = await engine.api.as("guest", "wrong").get("/overview");
    expect(refused).toMatchObject({ status: 401, body: { error: "not_authorized", reason: "Login failed" } });
    expect(refused.headers.get("www-authenticate")).toMatch(/^Basic realm=/);
    expect((await fetch(`${engine.api.origin}/api/overview`)).status).toBe(401);
  });

  it("has an overview and nodes with what dashboards read", async () => {
    const { body } = await engine.api.get("/overview");
    expect(body).toMatchObject({
      rabbitmq_version: expect.stringMatching(/^3\./),
      cluster_name: expect.any(String),
      node: expect.any(String),
      object_totals: { queues: expect.any(Number), exchanges: expect.any(Number) },
      exchange_types: expect.arrayContaining([expect.objectContaining({ name: "topic", enabled: true })]),
      listeners: expect.arrayContaining([
        expect.objectContaining({ protocol: "amqp", port: expect.any(Number) }),
      ]),
    });
    const nodes = (await engine.api.get("/nodes")).body;
    expect(nodes[0]).toMatchObject({
      name: body.node,
      running: true,
      mem_used: expect.any(Number),
      disk_free: expect.any(Number),
      mem_alarm: false,
      disk_free_alarm: false,
    });
  });

  it("declares, shows and deletes queues, exchanges and bindings", async () => {
    const { api } = engine;
    const queue = { durable: true, auto_delete: false, arguments: { "x-message-ttl": 60_000 } };
    expect((await api.put(`/queues/${v}/q`, queue)).status).toBe(201);
    expect((await api.put(`/queues/${v}/q`, queue)).status).toBe(204);
    expect(await api.put(`/queues/${v}/q`, { durable: false })).toMatchObject({
      status: 400,
      body: {
        error: "bad_request",
        reason: `inequivalent arg 'durable' for queue 'q' in vhost '${vhost}': received 'false' but current is 'true'`,
      },
    });
    expect(await api.put(`/queues/${v}/bad`, { arguments: { "x-message-ttl": -5 } })).toMatchObject({
      status: 400,
      body: {
        reason: `invalid arg 'x-message-ttl' for queue 'bad' in vhost '${vhost}': {value_negative,-5}`,
      },
    });
    expect((await api.put(`/queues/${v}/amq.q`, {})).status).toBe(401);
    expect((await api.put(`/queues/${v}/${"q".repeat(256)}`, {})).body).toEqual({
      error: "bad_request",
      reason: "queue should be less than 255 bytes, actually was 256\n",
    });
    expect((await api.put(`/exchanges/${v}/x`, { type: "topic" })).status).toBe(201);
    expect((await api.put(`/exchanges/${v}/x`, { type: "topic" })).status).toBe(204);
    expect(await api.put(`/exchanges/${v}/y`, { type: "zz" })).toMatchObject({
      status: 400,
      // RabbitMQ says "unknown" until something has made an atom of the word.
      body: { reason: expect.stringMatching(/^(invalid|unknown) exchange type 'zz'$/) },
    });

    const bound = await api.post(`/bindings/${v}/e/x/q/q`, { routing_key: "a.#" });
    expect(bound.status).toBe(201);
    expect(bound.headers.get("location")).toBe("q/a.%2523");
    await api.post(`/bindings/${v}/e/x/q/q`, { routing_key: "a.#", arguments: { z: 1 } });
    await api.post(`/bindings/${v}/e/amq.fanout/e/x`, {});
    const bindings = (await api.get(`/bindings/${v}/e/x/q/q`)).body;
    expect(bindings).toEqual(
      expect.arrayContaining([
        {
          source: "x",
          vhost,
          destination: "q",
          destination_type: "queue",
          routing_key: "a.#",
          arguments: {},
          properties_key: "a.%23",
        },
        expect.objectContaining({ arguments: { z: 1 }, properties_key: expect.stringMatching(/^a\.%23~.+/) }),
      ]),
    );
    expect((await api.get(`/exchanges/${v}/x/bindings/destination`)).body).toMatchObject([
      { source: "amq.fanout", destination: "x", destination_type: "exchange", properties_key: "~" },
    ]);
    expect((await api.get(`/queues/${v}/q/bindings`)).body).toHaveLength(3);
    for (const { properties_key } of bindings)
      expect((await api.delete(`/bindings/${v}/e/x/q/q/${properties_key}`)).status).toBe(204);
    expect((await api.delete(`/bindings/${v}/e/x/q/q/zz`)).status).toBe(404);
    expect((await api.put(`/queues/${v}/brief`)).status).toBe(201);
    expect((await api.get(`/queues/${v}/brief`)).body).toMatchObject({ durable: false, auto_delete: false });
    expect(await api.post(`/bindings/${v}/e/x/q/nope`, {})).toMatchObject({
      status: 404,
      body: { error: "not_found", reason: `no queue 'nope' in vhost '${vhost}'` },
    });

    await api.post(`/bindings/${v}/e/x/q/q`, { routing_key: "k" });
    expect(await api.delete(`/exchanges/${v}/x?if-unused=true`)).toMatchObject({
      status: 400,
      body: { reason: `exchange 'x' in vhost '${vhost}' in use` },
    });
    expect((await api.delete(`/exchanges/${v}/x`)).status).toBe(204);
    expect((await api.delete(`/exchanges/${v}/amq.direct`)).status).toBe(401);
    expect((await api.delete(`/queues/${v}/q`)).status).toBe(204);
    expect((await api.delete(`/queues/${v}/q`)).status).toBe(404);
  });

  it("publishes, gets, requeues and purges", async () => {
    const { api } = engine;
    await api.put(`/queues/${v}/box`, {});
    const publish = (payload: string, extra: object = {}) =>
      api.post(`/exchanges/${v}/amq.default/publish`, {
        properties: { delivery_mode: 2, headers: { a: 1 }, content_type: "text/plain" },
        routing_key: "box",
        payload,
        payload_encoding: "string",
        ...extra,
      });
    expect((await publish("héllo")).body).toEqual({ routed: true });
    expect((await publish("x", { routing_key: "nowhere" })).body).toEqual({ routed: false });
    for (const broken of ["%%%", "eA", "YWJ_"])
      expect((await publish(broken, { payload_encoding: "base64" })).status, broken).toBe(400);
    await publish("/wA=", { payload_encoding: "base64" });
    expect(
      await api.post(`/exchanges/${v}/nope/publish`, {
        properties: {},
        routing_key: "",
        payload: "",
        payload_encoding: "string",
      }),
    ).toMatchObject({
      status: 400,
      body: { reason: `404 NOT_FOUND - no exchange 'nope' in vhost '${vhost}'` },
    });

    const get = (body: object) =>
      api.post(`/queues/${v}/box/get`, { count: 5, ackmode: "ack_requeue_true", encoding: "auto", ...body });
    expect((await get({ count: 1 })).body).toEqual([
      {
        payload_bytes: 6,
        redelivered: false,
        exchange: "",
        routing_key: "box",
        message_count: 1,
        properties: { delivery_mode: 2, headers: { a: 1 }, content_type: "text/plain" },
        payload: "héllo",
        payload_encoding: "string",
      },
    ]);
    const taken = (await get({ ackmode: "ack_requeue_false", truncate: 2 })).body;
    expect(taken).toMatchObject([
      { redelivered: true, payload: "aMM=", payload_encoding: "base64", message_count: 1 },
      { redelivered: false, payload: "/wA=", payload_encoding: "base64", message_count: 0 },
    ]);
    expect((await get({})).body).toEqual([]);
    expect((await api.post(`/queues/${v}/box/get`, { count: 5 })).status).toBe(400);
    await publish("a");
    expect((await api.delete(`/queues/${v}/box/contents`)).status).toBe(204);
    expect((await get({})).body).toEqual([]);
  });

  it("cuts lists into pages and columns, sorted and filtered", async () => {
    const { api } = engine;
    for (const name of ["page-c", "page-a", "page-b"]) await api.put(`/queues/${v}/${name}`, {});
    const names = async (query: string) => (await api.get(`/queues/${v}?${query}`)).body;
    expect(await names("page=1&page_size=2&name=page-&use_regex=false&sort=name&columns=name")).toMatchObject(
      {
        filtered_count: 3,
        item_count: 2,
        items: [{ name: "page-a" }, { name: "page-b" }],
        page: 1,
        page_count: 2,
        page_size: 2,
      },
    );
    expect(
      (await names("page=1&name=%5Epage-%5Bab%5D&use_regex=true&sort=name&sort_reverse=true")).items,
    ).toMatchObject([{ name: "page-b" }, { name: "page-a" }]);
    expect((await api.get(`/queues/${v}?page=99`)).body.error).toBe("page_out_of_range");
    expect((await api.get(`/queues/${v}?page=1&page_size=1000`)).body.error).toBe(
      "invalid_pagination_parameters",
    );
  });

  it("keeps policies, and refuses those that mean nothing", async () => {
    const { api } = engine;
    const policy = {
      pattern: "^q",
      definition: { "dead-letter-exchange": "", "dead-letter-routing-key": "q.dlq" },
      "apply-to": "queues",
      priority: 3,
    };
    expect((await api.put(`/policies/${v}/dlq`, policy)).status).toBe(201);
    expect((await api.put(`/policies/${v}/dlq`, policy)).status).toBe(204);
    expect((await api.get(`/policies/${v}/dlq`)).body).toEqual({ vhost, name: "dlq", ...policy });
    expect((await api.get(`/policies/${v}`)).body).toHaveLength(1);
    expect((await api.put(`/policies/${v}/bad`, { ...policy, definition: { expires: 0 } })).body).toEqual({
      error: "bad_request",
      reason: "Validation failed\n\n0 is not a valid queue expiry\n",
    });
    expect((await api.put(`/policies/${v}/bad`, { definition: {} })).body.reason).toBe(
      "[{key_missing,pattern}]",
    );
    expect(
      (await api.put(`/operator-policies/${v}/op`, { pattern: ".*", definition: { "max-length": 5 } }))
        .status,
    ).toBe(201);
    expect((await api.get(`/operator-policies/${v}`)).body).toMatchObject([
      { name: "op", "apply-to": "all", priority: 0 },
    ]);
    expect((await api.delete(`/operator-policies/${v}/op`)).status).toBe(204);
    expect((await api.delete(`/policies/${v}/dlq`)).status).toBe(204);
    expect((await api.delete(`/policies/${v}/dlq`)).status).toBe(404);
    expect((await api.get("/policies/no-such-vhost")).status).toBe(404);
  });

  it("exports definitions and imports them elsewhere", async () => {
    const { api } = engine;
    const copy = uniqueName("copy");
    const c = encodeURIComponent(copy);
    await api.put(`/exchanges/${v}/kept`, { type: "headers", internal: true, durable: true });
    await api.put(`/queues/${v}/kept`, { durable: true, arguments: { "x-max-length": 9 } });

    await api.post(`/bindings/${v}/e/kept/q/kept`, { arguments: { "x-match": "any", n: 1 } });
    await api.put(`/policies/${v}/p`, { pattern: "^k", definition: { "max-length": 5 } });
    const definitions = (await api.get(`/definitions/${v}`)).body;
    expect(definitions.queues).toEqual(
      expect.arrayContaining([
        { name: "kept", durable: true, auto_delete: false, arguments: { "x-max-length": 9 } },
      ]),
    );

    await api.put(`/vhosts/${c}`);
    try {
      await api.put(`/permissions/${c}/guest`, { configure: ".*", write: ".*", read: ".*" });
      expect((await api.post(`/definitions/${c}`, definitions)).status).toBe(204);
      expect((await api.get(`/bindings/${c}/e/kept/q/kept`)).body).toMatchObject([
        { arguments: { "x-match": "any", n: 1 } },
      ]);
      expect((await api.get(`/exchanges/${c}/kept`)).body).toMatchObject({ type: "headers", internal: true });
      expect((await api.get(`/policies/${c}/p`)).body).toMatchObject({
        pattern: "^k",
        definition: { "max-length": 5 },
      });
    } finally {
      await api.delete(`/vhosts/${c}`);
    }
  });

  it("answers health checks", async () => {
    const { api } = engine;
    const status = async (check: string) => (await api.get(`/health/checks/${check}`)).body.status;
    for (const check of ["alarms", "local-alarms", "node-is-quorum-critical", "protocol-listener/amqp"])
      expect(await status(check), check).toBe("ok");
    // RabbitMQ is other tests' as well: their virtual hosts are down while they are made, and while they are deleted.
    await until(async () => (await status("virtual-hosts")) === "ok");
    expect(await api.get("/health/checks/port-listener/9")).toMatchObject({
      status: 503,
      body: { status: "failed", reason: "No active listener", missing: 9 },
    });
    expect((await api.get(`/aliveness-test/${v}`)).body).toEqual({ status: "ok" });
  });

  it("refuses what it cannot read, and says what it allows", async () => {
    const { api } = engine;
    expect((await api.call("PUT", `/queues/${v}/q2`, "{bad")).body).toEqual({
      error: "bad_request",
      reason: "not_json",
    });
    expect((await api.get("/zzz")).status).toBe(404);
    const refused = await fetch(`${api.origin}/api/overview`, {
      method: "DELETE",
      headers: { authorization: `Basic ${Buffer.from("guest:guest").toString("base64")}` },
    });
    expect(refused.status).toBe(405);
    expect(refused.headers.get("allow")).toContain("GET");
  });
});
