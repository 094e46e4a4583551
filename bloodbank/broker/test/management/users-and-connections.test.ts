/** Who may use a broker and who is connected to it, by the management API, held against RabbitMQ where it is at hand. */
import amqplib from "amqplib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES, type Engine, uniqueName } from "./api.js";

describe.each(ENGINES)("the management API of %s", (_name, open) => {
  let engine: Engine;
  const vhost = uniqueName("test");
  const user = uniqueName("user");
  const v = encodeURIComponent(vhost);

  beforeAll(async () => {
    engine = await open();
    await engine.api.put(`/vhosts/${v}`, {});
    await engine.api.put(`/permissions/${v}/guest`, { configure: ".*", write: ".*", read: ".*" });
  });

  afterAll(async () => {
    await engine.api.delete(`/vhosts/${v}`);
    await engine.api.delete(`/users/${user}`);
    await engine.close();
  });

  it("keeps users and permissions, and holds users to them", async () => {
    const { api } = engine;
    expect((await api.put(`/users/${user}`, { password: "p" })).body.reason).toBe("tags_not_present");
    expect((await api.put(`/users/${user}`, { password: "p", tags: "management" })).status).toBe(201);
    expect((await api.get(`/users/${user}`)).body).toMatchObject({
      name: user,
      hashing_algorithm: "rabbit_password_hashing_sha256",
      tags: ["management"],
    });
    expect((await api.put(`/permissions/${v}/${user}`, {})).status).toBe(400);
    expect(
      (await api.put(`/permissions/no-such-vhost/${user}`, { configure: "", write: "", read: "" })).body
        .reason,
    ).toBe("vhost_or_user_not_found");
    expect(
      (await api.put(`/permissions/${v}/${user}`, { configure: "^mine", write: "^mine", read: "^mine" }))
        .status,
    ).toBe(201);
    expect((await api.get(`/permissions/${v}/${user}`)).body).toEqual({
      vhost,
      user,
      configure: "^mine",
      write: "^mine",
      read: "^mine",
    });

    const own = api.as(user, "p");
    expect((await own.get("/users")).status).toBe(401);
    expect((await own.put(`/queues/${v}/mine`, {})).status).toBe(201);
    expect(await own.put(`/queues/${v}/theirs`, {})).toMatchObject({
      status: 401,
      body: { error: "not_authorised", reason: "Access refused." },
    });
    expect((await own.get("/vhosts")).body).toMatchObject([{ name: vhost }]);
    const untagged = await api.put(`/users/${user}`, { password: "p", tags: "" });
    expect(untagged.status).toBe(204);
    expect((await own.get("/overview")).status).toBe(401);
  });

  it("lets an impersonator publish in another's name, and nobody else", async () => {
    const { api } = engine;
    const bridge = uniqueName("bridge");
    try {
      const heard: unknown[] = [];
      for (const tags of ["management", "impersonator"]) {
        await api.put(`/users/${bridge}`, { password: "p", tags });
        await api.put(`/permissions/${v}/${bridge}`, { configure: ".*", write: ".*", read: ".*" });
        const connection = await amqplib.connect(engine.amqp(vhost, bridge, "p"));
        connection.on("error", () => undefined);
        const channel = await connection.createConfirmChannel();
        const refused = new Promise<unknown>((resolve) =>
          channel.on("error", (error) => resolve(error.message)),
        );
        channel.sendToQueue("nowhere", Buffer.from("x"), { userId: "someone" });
        const confirmed = channel.waitForConfirms().then(
          () => "confirmed",
          () => refused,
        );
        heard.push(await confirmed);
        await connection.close();
      }
      expect(heard).toEqual([expect.stringContaining("user_id property set to 'someone'"), "confirmed"]);
    } finally {
      await api.delete(`/users/${bridge}`);
    }
  });

  it("names the consumer that is the active one, whichever came first", async () => {
    const { api } = engine;
    await api.put(`/queues/${v}/one-by-one`, { arguments: { "x-single-active-consumer": true } });
    const connection = await amqplib.connect(engine.amqp(vhost));
    const channel = await connection.createChannel();
    const consume = (consumerTag: string, priority: number) =>
      channel.consume("one-by-one", () => undefined, { consumerTag, priority });
    await consume("first", 0);
    await consume("second", 0);
    await consume("third", 10);
    await channel.cancel("first");
    // RabbitMQ tells of its queues some seconds later.
    let active: unknown;
    do active = (await api.get(`/queues/${v}/one-by-one`)).body.single_active_consumer_tag;
    while (active === undefined || active === null || active === "first");
    expect(active).toBe("third");
    await connection.close();
  });

  it("closes the connections of a user who is deleted", async () => {
    const { api } = engine;
    const gone = uniqueName("gone");
    await api.put(`/users/${gone}`, { password: "p", tags: "" });
    try {
      await api.put(`/permissions/${v}/${gone}`, { configure: ".*", write: ".*", read: ".*" });
      const connection = await amqplib.connect(engine.amqp(vhost, gone, "p"));
      connection.on("error", () => undefined);
      const closed = new Promise<Error | undefined>((resolve) => connection.on("close", resolve));
      // RabbitMQ learns of its connections from events of their own.
      while (!(await api.get("/connections")).body.some(({ user: name }: { user: string }) => name === gone))
        await new Promise((resolve) => setTimeout(resolve, 50));
      expect((await api.delete(`/users/${gone}`)).status).toBe(204);
      expect(String(await closed)).toContain(`CONNECTION_FORCED - user '${gone}' is deleted`);
    } finally {
      await api.delete(`/users/${gone}`);
    }
  });

  it("refuses a password that is given twice, and a hash that is none", async () => {
    const { api } = engine;
    const nobody = uniqueName("nobody");
    const twice = { password: "p", password_hash: "aaaa", tags: "" };
    expect((await api.put(`/users/${nobody}`, twice)).body).toEqual({
      error: "bad_request",
      reason: "both_password_and_password_hash_are_provided",
    });
    expect((await api.put(`/users/${nobody}`, { password_hash: "zzz", tags: "" })).status).toBe(400);
    expect((await api.get(`/users/${nobody}`)).status).toBe(404);
  });

  it("shows connections, channels and consumers, and closes a connection", async () => {
    const { api } = engine;
    const connection = await amqplib.connect(engine.amqp(vhost), {
      clientProperties: { connection_name: `probe ${vhost}` },
    });
    const closed = new Promise<Error>((resolve) => connection.on("close", resolve));
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue("watched");
    await channel.prefetch(7);
    const { consumerTag } = await channel.consume("watched", () => undefined);

    // RabbitMQ gathers this every five seconds.
    const consumers = await eventually(async () => {
      const rows = (await api.get(`/consumers/${v}`)).body;
      return rows.length === 1 && rows[0].channel_details?.name ? rows : undefined;
    });
    expect(consumers[0]).toMatchObject({
      consumer_tag: consumerTag,
      ack_required: true,
      exclusive: false,
      prefetch_count: 7,
      queue: { name: "watched", vhost },
    });
    const row = await eventually(async () =>
      (await api.get("/connections")).body.find(
        (one: { user_provided_name?: string; state?: string }) =>
          // It stands in RabbitMQ's list before its state is known there.
          one.user_provided_name === `probe ${vhost}` && one.state === "running",
      ),
    );
    expect(row).toMatchObject({
      user: "guest",
      vhost,
      type: "network",
      protocol: "AMQP 0-9-1",
      peer_host: "127.0.0.1",
      client_properties: { product: "amqplib" },
    });
    expect(row.name).toMatch(/^127\.0\.0\.1:\d+ -> 127\.0\.0\.1:\d+$/);
    const channels = await eventually(async () => {
      const rows = (await api.get(`/connections/${encodeURIComponent(row.name)}/channels`)).body;
      return rows.length === 1 && rows[0].consumer_count === 1 ? rows : undefined;
    });
    expect(channels[0]).toMatchObject({ name: `${row.name} (1)`, number: 1, confirm: true, vhost });

    expect(
      (
        await api.call("DELETE", `/connections/${encodeURIComponent(row.name)}`, undefined, {
          "x-reason": "by a test",
        })
      ).status,
    ).toBe(204);
    expect((await closed).message).toContain("CONNECTION_FORCED - by a test");
    expect((await api.delete("/connections/nobody")).status).toBe(404);
  });
});

async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
