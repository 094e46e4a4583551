/** `event_producers.rabbit.Publisher` on each engine. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { eventId } from "@33god/bloodbank";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { startProxy } from "../../bloodbank/client/test/support/proxy.js";
import { freePort } from "../../scripts/free-port.mjs";
import { disturb, onEachBus } from "./support/bus.js";
import { type Publishers, startPublishers } from "./support/publisher-shell.js";
import { runPython } from "./support/python.js";

const artifact = (file_path: string) => ({ artifact_type: "document", file_path });

onEachBus("the publisher", (bus) => {
  let publishers: Publishers;
  beforeAll(() => {
    publishers = startPublishers({ env: { RABBITMQ_URL: bus().url } });
  });
  afterEach(() => publishers.leaveAll());
  afterAll(() => publishers?.stop());
  const publisher = (settings: object = {}) => publishers.make(settings);

  test("an event stands on the wire as ours do", async () => {
    const tap = await bus().tap("python.wire", "artifact.created");
    const id = (await runPython(["publish_artifact.py", "/wire.md"], { env: { RABBITMQ_URL: bus().url } }))
      .split(" ")
      .at(-1);
    const { body, properties, routingKey, exchange } = await tap.find(
      ({ properties }) => properties.messageId === id,
    );
    expect({ routingKey, exchange }).toEqual({
      routingKey: "artifact.created",
      exchange: "bloodbank.events.v1",
    });
    expect(properties).toMatchObject({
      contentType: "application/json",
      deliveryMode: 2,
      messageId: id,
      correlationId: id,
      type: "artifact.created",
      appId: "my-service",
    });
    expect(Math.abs((properties.timestamp ?? 0) - Date.now() / 1_000)).toBeLessThan(600);
    const event = JSON.parse(Buffer.from(body).toString());
    expect(event).toMatchObject({
      event_id: id,
      event_type: "artifact.created",
      version: "v1",
      source: { host: "my-service", type: "agent", app: "my-service" },
      correlation_ids: [],
      agent_context: null,
      payload: { artifact_type: "transcript", file_path: "/wire.md" },
    });
    expect(bus().options.catalog.validateBytes(body, routingKey).valid).toBe(true);
  });

  test("what breaks its contract raises with every place, and nothing leaves", async () => {
    const tap = await bus().tap("python.violations", "artifact.*");
    const shell = await publisher();
    await shell.start();
    const wrong = await shell.publish("artifact.created", { artifact_type: 1, uri: "no uri" });
    expect(wrong).toMatchObject({
      error: "CONTRACT_VIOLATION",
      pointers: expect.arrayContaining(["/payload/artifact_type", "/payload/file_path", "/payload/uri"]),
    });
    expect(await shell.publish("artifact.craeted", artifact("/a"))).toMatchObject({
      error: "UNKNOWN_EVENT_TYPE",
      nearest: expect.arrayContaining(["artifact.created"]),
    });
    const other = `{"event_type": "artifact.created", "version": "v1"}`;
    expect(await shell.publishBody("artifact.updated", other)).toMatchObject({
      error: "ROUTING_KEY_MISMATCH",
    });
    for (const body of ["{'a': object()}", "[]", "5", "{'a': {1, object()}}"])
      expect(await shell.publishBody("artifact.created", body), body).toMatchObject({
        error: "MALFORMED_JSON",
      });
    const right = `create_envelope("artifact.created", {"artifact_type": "a", "file_path": "/a", "metadata": X}, {"host": "h", "type": "system", "app": "a"})`;
    for (const value of ["{'n': float('nan')}", `{'n': ${"[".repeat(140)}${"]".repeat(140)}}`])
      expect(await shell.publishBody("artifact.created", right.replace("X", value)), value).toMatchObject({
        error: "MALFORMED_JSON",
      });
    expect(
      await shell.publishBody("artifact.created", right.replace("X", "{}"), { event_id: "x" }),
    ).toMatchObject({
      error: "CONTRACT_VIOLATION",
      pointers: ["/event_id"],
    });
    const last = await shell.publish("artifact.created", artifact("/last.md"));
    expect(last).toMatchObject({ routed: true });
    await tap.find(({ properties }) => properties.messageId === last.event_id);
    expect(tap.messages).toHaveLength(1);
  });

  test("says when no queue was bound for the event", async () => {
    const shell = await publisher();
    await shell.start();
    expect(await shell.publish("session.started", { session_id: "s" })).toMatchObject({ routed: false });
  });

  test("a derived id, values that JSON lacks and texts of every kind arrive as they were meant", async () => {
    const tap = await bus().tap("python.values", "artifact.updated");
    const shell = await publisher();
    await shell.start();
    const body = `{
      "event_type": "artifact.updated", "version": "v1", "timestamp": __import__("datetime").datetime(2026, 1, 2, tzinfo=__import__("datetime").UTC),
      "source": {"host": "h", "type": "system", "app": "shell"},
      "payload": {"artifact_type": "a", "file_path": "/ä😀\\u2028\\ud800", "title": __import__("pathlib").Path("/t")},
    }`;
    const id = eventId("artifact.updated", { path: "/a" });
    expect(await shell.publishBody("artifact.updated", body, { event_id: id })).toEqual({
      event_id: id,
      routed: true,
    });
    const message = await tap.find(({ properties }) => properties.messageId === id);
    expect(JSON.parse(Buffer.from(message.body).toString())).toMatchObject({
      event_id: id,
      timestamp: "2026-01-02T00:00:00Z",
      payload: { file_path: "/ä😀\u2028\ud800", title: "/t" },
    });
  });

  test("causes are given by hand, or known by themselves in a handler", async () => {
    const tap = await bus().tap("python.causes", "artifact.created");
    const said = await runPython(["follow_up.py"], { env: { RABBITMQ_URL: bus().url } });
    const [, parent, child] = said.split(" ");
    const of = async (file: string) => {
      const { body, properties } = await tap.find(({ body }) =>
        Buffer.from(body).toString().includes(`"/${file}.md"`),
      );
      return {
        causes: JSON.parse(Buffer.from(body).toString()).correlation_ids,
        of: properties.correlationId,
      };
    };
    expect(await of("parent")).toEqual({ causes: [], of: parent });
    expect(await of("by-hand")).toEqual({ causes: [parent], of: parent });
    expect(await of("in-handler")).toEqual({ causes: [parent], of: parent });
    expect(await of("made-in-handler")).toEqual({ causes: [parent, child], of: parent });
    expect(await of("made-in-thread")).toEqual({ causes: [parent], of: parent });
    expect(await of("later-in-task")).toEqual({ causes: [parent], of: parent });
    expect(await of("untracked")).toMatchObject({ causes: [] });
    const after = await of("after");
    expect(after.causes).toEqual([]);
    expect(after.of).not.toBe(parent);
  });

  test("a lost connection is waited for, and no event is lost", async () => {
    const tap = await bus().tap("python.cuts", "artifact.created");
    const proxy = await startProxy(bus().url);
    try {
      const shell = await publisher({ url: proxy.url });
      await shell.start();
      const answers: Promise<{ event_id?: string; error?: string }>[] = [];
      for (let round = 0; round < 5; round++) {
        for (let i = 0; i < 20; i++)
          answers.push(shell.publish("artifact.created", artifact(`/${round}/${i}.md`)));
        if (round === 2) proxy.shut();
        proxy.cut();
        if (round === 2) setTimeout(() => proxy.open(), 300);
        await Promise.allSettled(answers.slice(-1));
      }
      const settled = await Promise.all(answers);
      expect(settled.filter(({ error }) => error !== undefined)).toEqual([]);
      for (const { event_id } of settled)
        await tap.find(({ properties }) => properties.messageId === event_id);
    } finally {
      await proxy.close();
    }
  });

  test("several publishers lose nothing when the broker ends under load, or an operator closes their connections", async () => {
    const tap = await bus().tap("python.restarts", "artifact.created");
    const several = await Promise.all([publisher(), publisher(), publisher()]);
    await Promise.all(several.map((shell) => shell.start()));
    const answers = several.flatMap((shell, who) =>
      Array.from({ length: 100 }, (_, i) => shell.publish("artifact.created", artifact(`/${who}/${i}.md`))),
    );
    await answers[0];
    await disturb(bus());
    const settled = await Promise.all(answers);
    expect(settled.filter(({ error }) => error !== undefined)).toEqual([]);
    for (const { event_id } of settled) await tap.find(({ properties }) => properties.messageId === event_id);
  });

  test("an exchange that was deleted meanwhile is declared again", async () => {
    const shell = await publisher({ exchange: "python.deleted" });
    await shell.start();
    await bus().management("DELETE", "exchanges/{vhost}/python.deleted");
    expect(await shell.publish("artifact.created", artifact("/again.md"))).toMatchObject({ routed: false });
    expect(await bus().management("GET", "exchanges/{vhost}/python.deleted")).toMatchObject({
      durable: true,
    });
  });

  test("of several addresses it takes one that answers, and moves when that one goes", async () => {
    // A machine that is gone: it takes the connection and says nothing.
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    const tap = await bus().tap("python.cluster", "artifact.created");
    const [first, second] = [await startProxy(bus().url), await startProxy(bus().url)];
    try {
      const nobody = `amqp://guest:guest@127.0.0.1:${await freePort()}/`;
      const silence = `amqp://guest:guest@127.0.0.1:${port}/`;
      const shell = await publisher({ url: `${nobody}, ${silence}, ${first.url}, ${second.url}` });
      const hopeless = (await publisher({ url: `${nobody}, ${silence}` })).start();
      expect(await shell.start()).toMatchObject({ started: true });
      expect(await hopeless).toMatchObject({
        error: "BROKER_UNREACHABLE",
        message: expect.stringMatching(/Connect call failed.*; .*no answer within 5 s\./),
      });
      expect(await shell.publish("artifact.created", artifact("/first.md"))).toMatchObject({ routed: true });
      first.shut();
      first.cut();
      const { event_id, error } = await shell.publish("artifact.created", artifact("/second.md"));
      expect(error).toBeUndefined();
      await tap.find(({ properties }) => properties.messageId === event_id);
      expect(second.connections).toBeGreaterThan(0);
    } finally {
      silent.close();
      await first.close();
      await second.close();
    }
  });

  test("gives up at its deadline, and says that the event may be there", async () => {
    const proxy = await startProxy(bus().url);
    try {
      const shell = await publisher({ deadline: 0.3, url: proxy.url });
      await shell.start();
      proxy.shut();
      proxy.cut();
      expect(await shell.publish("artifact.created", artifact("/late.md"))).toMatchObject({
        error: "PUBLISH_TIMEOUT",
      });
    } finally {
      await proxy.close();
    }
  });

  test("says what is missing: start, a broker, the right exchange", async () => {
    const shell = await publisher({ exchange: "python.other" });
    expect(await shell.publish("artifact.created", artifact("/a"))).toMatchObject({ error: "NOT_STARTED" });
    expect(await shell.start()).toEqual({ started: true });
    await shell.close();
    expect(await shell.publish("artifact.created", artifact("/a"))).toMatchObject({ error: "NOT_STARTED" });

    const closed = await freePort();
    const nowhere = await publisher({ url: `amqp://secret:password@127.0.0.1:${closed}/` });
    const answer = await nowhere.start();
    expect(answer.error).toBe("BROKER_UNREACHABLE");
    expect(answer.message).toContain(`127.0.0.1:${closed}`);
    expect(answer.message).not.toContain("password@");

    const conflict = await publisher({ exchange: "amq.direct" });
    expect(await conflict.start()).toMatchObject({ error: "TOPOLOGY_CONFLICT" });
  });

  test("finds the platform that runs here, while it runs", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "bloodbank-python-"));
    try {
      const closed = await freePort();
      const file = path.join(folder, ".bloodbank", "platform.json");
      mkdirSync(path.dirname(file));
      const write = (pid: number | null, amqp: string) =>
        writeFileSync(file, JSON.stringify({ pid, amqp, http: "http://127.0.0.1:1", engine: "embedded" }));
      write(process.pid, bus().url);
      const here = startPublishers({ cwd: folder });
      expect(await (await here.make()).start()).toMatchObject({ started: true });
      await here.stop();
      // It has ended: its address is not used, whatever it says.
      write(null, `amqp://guest:guest@127.0.0.1:${closed}/`);
      const settings = await runPython(
        ["-c", "from event_producers.settings import bus_url; print(bus_url())"],
        { cwd: folder },
      );
      expect(settings).toBe("amqp://guest:guest@localhost:5672/");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
