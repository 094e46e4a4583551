/** Every command that speaks to the platform, as a user types it, against the whole platform on each engine. */
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import amqplib from "amqplib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../../../bloodbank/client/test/support/eventually.js";
import { onEachEngine } from "../support/on-each-engine.js";
import { type BbOptions, type Ended, bb as run, start } from "./support/bb.js";

onEachEngine("bb", { env: { BLOODBANK_WEBHOOK_TARGETS: "any" } }, (fixture) => {
  const bb = (args: readonly string[], options: BbOptions = {}): Promise<Ended> =>
    run(args, {
      ...options,
      env: { BLOODBANK_DATA_DIR: path.join(fixture().platform.folder, "data"), ...options.env },
    });
  const good = async (args: readonly string[], options?: BbOptions): Promise<string> => {
    const { code, out, err } = await bb(args, options);
    expect(code, `${args.join(" ")}: ${err}${out}`).toBe(0);
    return out;
  };
  const json = async (args: readonly string[]) => JSON.parse(await good([...args, "--json"]));
  const publish = async (...more: string[]): Promise<string> =>
    (
      await good([
        "publish",
        "artifact.created",
        "-f",
        "artifact_type=document",
        "-f",
        "file_path=/tmp/a.md",
        ...more,
      ])
    ).trim();
  /** The store is a few milliseconds behind. */
  const recorded = (id: string) =>
    eventually(async () => (await bb(["events", id])).code === 0, `event ${id}`);

  describe("events", () => {
    test("an event by hand is published, found, shown and traced", async () => {
      const cause = await publish();
      const effect = await publish(
        "--caused-by",
        cause,
        "--app",
        "a-tester",
        "--agent-context",
        '{"name":"Zoë"}',
      );
      await recorded(effect);
      const stored = await json(["events", effect]);
      expect(stored.event).toMatchObject({
        event_type: "artifact.created",
        source: { type: "manual", app: "a-tester" },
        correlation_ids: [cause],
        agent_context: { name: "Zoë" },
        payload: { artifact_type: "document", file_path: "/tmp/a.md" },
      });
      expect(await good(["trace", cause])).toMatch(
        /^artifact\.created +bb\n└─ artifact\.created +a-tester\n$/,
      );
      expect(await good(["trace", effect, "--ids", "--times"])).toContain(effect);
      const listed = await json(["events", "--source", "a-tester", "--since", "1h"]);
      expect(listed.events.map((event: { event_id: string }) => event.event_id)).toContain(effect);
      expect(await good(["events", "--caused-by", cause, "--ids"])).toContain(effect);
    });

    test("the same key is one event", async () => {
      const id = randomUUID();
      expect(await publish("--id", id)).toBe(id);
      expect(await publish("--id", id)).toBe(id);
      await recorded(id);
      const { events } = await json(["events", "--type", "artifact.created", "--limit", "500"]);
      expect(events.filter((event: { event_id: string }) => event.event_id === id)).toHaveLength(1);
    });

    test("what breaks its contract is refused with every place, and an unknown type with the nearest", async () => {
      const broken = await bb(["publish", "artifact.created", '{"artifact_type":1}']);
      expect(broken.code).toBe(1);
      expect(broken.err).toContain("/payload/artifact_type");
      expect(broken.err).toContain("/payload/file_path");
      const unknown = await bb(["publish", "artifact.craeted", "{}"]);
      expect(unknown.code).toBe(1);
      expect(unknown.err).toMatch(/did you mean artifact\.created/i);
    });

    test("nothing found ends with 1", async () => {
      expect((await bb(["events", "--source", "nobody-at-all"])).code).toBe(1);
      const missing = await bb(["events", randomUUID()]);
      expect(missing.code).toBe(1);
      expect(missing.err).toMatch(/error:.*\n/);
    });

    test("tail shows what happens, by pattern, and ends after so many", async () => {
      const mark = randomUUID();
      const child = start(["tail", "feature.*", "--json", "-n", "1"], {
        env: { BLOODBANK_DATA_DIR: path.join(fixture().platform.folder, "data") },
      });
      let out = "";
      child.stdout?.on("data", (text) => {
        out += text;
      });
      const ended = new Promise((resolve) => child.once("close", resolve));
      // Published until it is seen: only what comes after the tail stands is shown.
      const payload = JSON.stringify({ feature_name: mark, description: "d" });
      await eventually(async () => {
        await good(["publish", "feature.requested", payload]);
        return out !== "";
      }, "the tail");
      expect(await ended).toBe(0);
      expect(JSON.parse(out).event.payload.feature_name).toBe(mark);
    });

    test("the history as a file goes out and comes in again", async () => {
      await recorded(await publish());
      const file = path.join(fixture().platform.folder, "all.ndjson");
      await good(["export", file]);
      const lines = readFileSync(file, "utf8").trim().split("\n");
      expect(lines.length).toBeGreaterThan(0);
      expect(await json(["import", file])).toMatchObject({ lines: lines.length, stored: 0 });
      expect(await good(["export", "--format", "csv"])).toMatch(/event_id/);
      writeFileSync(file, "not an event\n");
      expect((await bb(["import", file])).code).toBe(1);
      expect((await bb(["export", "/nowhere/at/all"])).code).toBe(73);
    });
  });

  describe("repair", () => {
    test("a replay is previewed, run to its end and listed", async () => {
      const id = await publish();
      await recorded(id);
      const preview = await json(["replay", "start", "--trace", id, "--preview"]);
      expect(preview.total).toBe(1);
      const done = await json(["replay", "start", "--trace", id, "--yes", "--wait", "--reason", "a test"]);
      expect(done).toMatchObject({ state: "finished", sent: 1 });
      const { replays } = await json(["replay", "list"]);
      expect(replays.map((one: { replay_id: string }) => one.replay_id)).toContain(done.replay_id);
      expect(await good(["replay", "show", done.replay_id])).toContain("finished");
      const unsaid = await bb(["replay", "start", "--trace", id]);
      expect(unsaid.code).toBe(2);
      expect(unsaid.err).toContain("--yes");
      expect((await bb(["replay", "start"])).code).toBe(2);
      expect((await bb(["replay", "pause", randomUUID()])).code).toBe(1);
    });

    test("a dead letter is listed, grouped, shown, put right and sent again", async () => {
      // A request that nobody serves: AGENTFORGE_URL is not set, so the router gives it up.
      const payload = JSON.stringify({ agent_id: "architect", message: "What do you think?", tags: [] });
      const id = (await good(["publish", "agent.feedback.requested", payload])).trim();
      const letter = await eventually(async () => {
        const { dead_letters } = await json(["dlq", "list", "--queue", "services.agent.feedback_router"]);
        return dead_letters.find((one: { event_id: string }) => one.event_id === id);
      }, "the dead letter");
      expect(await good(["dlq", "list"])).toContain("AGENTFORGE_URL is not set");
      expect(await good(["dlq", "groups"])).toContain("services.agent.feedback_router");
      expect(await good(["dlq", "show", letter.id])).toContain("architect");
      const doctor = await bb(["doctor", "--json", "--interval", "0"]);
      expect(doctor.code).toBe(1);
      expect(doctor.out).toContain("dead letter");
      const edited = path.join(fixture().platform.folder, "edited.json");
      writeFileSync(edited, JSON.stringify({ ...letter.event, payload: { agent_id: 1 } }));
      expect((await bb(["dlq", "edit", letter.id, "--file", edited])).err).toContain("/payload/agent_id");
      expect((await bb(["dlq", "discard", letter.id])).err).toContain("--reason");
      expect((await bb(["dlq", "redrive"])).code).toBe(2);
      expect(await good(["dlq", "redrive", letter.id, "--reason", "a test"])).toContain("1 sent again");
      const back = await eventually(async () => {
        const { dead_letters } = await json(["dlq", "list"]);
        return dead_letters.find((one: { event_id: string }) => one.event_id === id);
      }, "the dead letter once more");
      expect(await good(["dlq", "discard", back.id, "--reason", "a test"])).toContain("1 discarded");
      expect((await bb(["dlq", "show", back.id])).code).toBe(1);
    });

    test("a dead letter is put right in the editor, and sent again as a new event that names it", async () => {
      const payload = JSON.stringify({ agent_id: "architect", message: "Before", tags: [] });
      const id = (await good(["publish", "agent.feedback.requested", payload])).trim();
      const letter = await eventually(async () => {
        const { dead_letters } = await json(["dlq", "list"]);
        return dead_letters.find((one: { event_id: string }) => one.event_id === id);
      }, "the dead letter");
      const unchanged = await bb(["dlq", "edit", letter.id], { env: { EDITOR: "true" } });
      expect(unchanged).toMatchObject({ code: 1, err: expect.stringContaining("nothing was sent") });
      const broken = await bb(["dlq", "edit", letter.id], { env: { EDITOR: "sed -i 1d" } });
      expect(broken).toMatchObject({ code: 65, err: expect.stringContaining("not JSON") });
      expect(await good(["dlq", "edit", letter.id], { env: { EDITOR: "sed -i s/Before/After/" } })).toContain(
        "as edited",
      );
      await eventually(async () => {
        // Nothing found is an answer of its own, and may come first.
        const { out } = await bb([
          "events",
          "--caused-by",
          id,
          "--type",
          "agent.feedback.requested",
          "--json",
        ]);
        return JSON.parse(out).events[0]?.event.payload.message === "After";
      }, "the edited event");
    });

    test("the record is proven, copied and made again from the copy", async () => {
      await recorded(await publish());
      const report = await json(["audit", "verify"]);
      expect(report).toMatchObject({ intact: true });
      const copy = path.join(fixture().platform.folder, `${randomUUID()}.sqlite`);
      const { events } = await json(["backup", copy]);
      expect(existsSync(copy)).toBe(true);
      expect((await bb(["backup", copy])).code).not.toBe(0);
      expect((await bb(["backup", "/nowhere/at/all"])).err).toContain("/nowhere/at is no folder");
      expect((await bb(["restore", "/nowhere/at/all"])).code).toBe(66);
      const elsewhere = path.join(fixture().platform.folder, randomUUID());
      expect(await json(["restore", copy, "--data-dir", elsewhere])).toMatchObject({ events });
      const again = await bb(["restore", copy, "--data-dir", elsewhere]);
      expect(again.code).toBe(1);
      expect(again.err).toContain("--replace");
    });
  });

  describe("what is refused and what goes outside", () => {
    test("a message that breaks its contract at the door is quarantined, with who sent it", async () => {
      const connection = await amqplib.connect(fixture().platform.amqp, {
        clientProperties: { connection_name: "sloppy" },
      });
      const channel = await connection.createConfirmChannel();
      const body = { event_id: randomUUID(), event_type: "artifact.created", payload: {} };
      channel.publish("bloodbank.events.v1", "artifact.created", Buffer.from(JSON.stringify(body)));
      await channel.waitForConfirms().catch(() => undefined);
      await connection.close();
      if (fixture().engine.admits) {
        const { quarantined } = await json(["quarantine"]);
        expect(quarantined).toContainEqual(
          expect.objectContaining({
            routing_key: "artifact.created",
            client: expect.stringContaining("sloppy"),
          }),
        );
        expect(await good(["quarantine"])).toContain("sloppy");
        expect(await good(["quarantine", "--full"])).toContain("/payload");
      }
      // RabbitMQ has no door: it is recorded, and marked.
      else
        await eventually(
          async () => (await bb(["events", body.event_id])).out.includes("broken"),
          "the marked event",
        );
      const { checks } = JSON.parse((await bb(["doctor", "--json", "--interval", "0"])).out);
      expect(checks).toContainEqual(
        expect.objectContaining({ check: "contracts", health: fixture().engine.admits ? "wrong" : "look" }),
      );
    });

    test("a webhook is added, tested, fed, listed and removed", async () => {
      const got: { path: string; type: unknown; signature: unknown }[] = [];
      const server = createServer((request, response) => {
        const pieces: Buffer[] = [];
        request.on("data", (piece) => pieces.push(piece));
        request.on("end", () => {
          const { event_type: type } = JSON.parse(Buffer.concat(pieces).toString("utf8"));
          got.push({ path: request.url ?? "", type, signature: request.headers["webhook-signature"] });
          response.writeHead(204).end();
        });
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
      try {
        const added = await json(["webhook", "add", url, "--type", "artifact.*"]);
        expect(added.secret).toMatch(/^whsec_/);
        expect(await good(["webhook", "list"])).toContain(url);
        expect((await json(["webhook", "test", added.id])).delivered).toBe(true);
        await publish();
        await eventually(() => got.some(({ type }) => type === "artifact.created"), "the delivery");
        expect(got[0]?.signature).toMatch(/^v1,/);
        await good(["webhook", "remove", added.id]);
        expect((await json(["webhook", "list"])).webhooks).toEqual([]);
        expect((await bb(["webhook", "remove", added.id])).code).toBe(1);
      } finally {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    });
  });

  describe("services", () => {
    test("are listed with their processes, tell their logs, and are restarted", async () => {
      const { services } = await json(["service", "list"]);
      const notifier = services.find((one: { name: string }) => one.name === "fireflies-transcript-notifier");
      expect(notifier.process.state).toBe("running");
      expect(await good(["service", "list"])).toMatch(/fireflies-transcript-notifier +running/);
      expect(await good(["service", "logs", "fireflies-transcript-notifier"])).toContain("connected");
      await good(["service", "restart", "fireflies-transcript-notifier"]);
      await eventually(async () => {
        const after = await json(["service", "list"]);
        const { process } = after.services.find(
          (one: { name: string }) => one.name === "fireflies-transcript-notifier",
        );
        return process.state === "running" && process.pid !== notifier.process.pid;
      }, "another process");
      const unknown = await bb(["service", "stop", "nobody"]);
      expect(unknown.code).toBe(1);
      expect(unknown.err).toContain("nobody");
    });

    test("the registry agrees with itself, the contracts, the code and the broker", async () => {
      const { code, out } = await bb(["service", "check", "--live"]);
      expect(out).toMatch(/0 errors/);
      expect(code).toBe(0);
      const sarif = JSON.parse(await good(["service", "check", "--format", "sarif"]));
      expect(sarif.version).toBe("2.1.0");
    });

    test("the topology is drawn, and the broker's lists stand in for rabbitmqctl", async () => {
      expect((await bb(["topology"])).out).toMatch(/fireflies-transcript-processor +up/);
      expect(await good(["topology", "queues", "--match", "transcript_processor"])).toContain(
        "services.fireflies.transcript_processor",
      );
      expect(await good(["topology", "exchanges"])).toMatch(/bloodbank\.events\.v1 +topic +yes/);
      expect(await good(["topology", "bindings", "--match", "transcript_processor"])).toContain(
        "fireflies.transcript.ready",
      );
      expect(await good(["topology", "connections"])).toMatch(/running/);
      expect(await good(["topology", "queues"])).not.toContain(".retry.");
      expect(await good(["topology", "queues", "--all"])).toContain(".retry.10m");
      expect((await bb(["topology", "queues", "--match", "no such queue"])).code).toBe(1);
    });
  });

  describe("doctor", () => {
    let connection: amqplib.ChannelModel;
    let channel: amqplib.Channel;
    beforeAll(async () => {
      connection = await amqplib.connect(fixture().platform.amqp);
      channel = await connection.createChannel();
    });
    afterAll(async () => {
      await connection.close();
    });
    const check = async (name: string) => {
      const { out, err } = await bb(["doctor", "--json", "--interval", "0"]);
      expect(err).toBe("");
      const { checks } = JSON.parse(out) as {
        checks: { check: string; health: string; message: string; hint?: string }[];
      };
      return checks.filter((one) => one.check === name);
    };

    test("says that the connection and the exchange are well", async () => {
      expect(await check("connection")).toMatchObject([{ health: "ok" }]);
      expect(await check("exchange")).toMatchObject([{ health: "ok" }]);
    });

    test("names a binding that matches nothing, and what it nearly matches", async () => {
      await channel.assertQueue("services.test.misspelt", { durable: true });
      await channel.bindQueue("services.test.misspelt", "bloodbank.events.v1", "artifact.craeted");
      const found = await check("bindings");
      await channel.deleteQueue("services.test.misspelt");
      expect(found).toContainEqual(
        expect.objectContaining({
          health: "wrong",
          message: expect.stringContaining("services.test.misspelt"),
          hint: expect.stringContaining("artifact.created"),
        }),
      );
    });

    test("names a queue whose messages nobody takes, and a consumer without a prefetch", async () => {
      await channel.assertQueue("services.test.waiting", { durable: true });
      channel.sendToQueue("services.test.waiting", Buffer.from("x"));
      await channel.assertQueue("services.test.greedy", { durable: true });
      await channel.consume("services.test.greedy", () => undefined);
      await eventually(async () => {
        const found = (await check("consumers")).map(({ message }) => message).join("\n");
        return (
          /wait in services\.test\.waiting, and nobody/.test(found) &&
          /services\.test\.greedy without a prefetch/.test(found)
        );
      }, "both findings");
      await channel.deleteQueue("services.test.waiting");
      await channel.deleteQueue("services.test.greedy");
    });

    test("names a program's address that is another broker's", async () => {
      const env = { RABBITMQ_URL: "amqp://guest:guest@127.0.0.1:1/" };
      const { code, out } = await bb(["doctor", "--json", "--interval", "0"], { env });
      expect(code).toBe(1);
      expect(JSON.parse(out).checks).toContainEqual(
        expect.objectContaining({
          check: "other broker",
          health: "wrong",
          hint: expect.stringContaining(`export RABBITMQ_URL=${fixture().platform.amqp}`),
        }),
      );
    });

    test("an address that is another program's is told as that", async () => {
      const { amqp, management = "" } = JSON.parse(
        readFileSync(path.join(fixture().platform.folder, "data", "platform.json"), "utf8"),
      );
      const bus = await bb(["events", "--url", `http://${new URL(amqp).host}`]);
      expect(bus).toMatchObject({ code: 69, err: expect.stringContaining("speaks no HTTP") });
      const other = await bb(["events", "--url", new URL(management).origin]);
      expect(other.err).toContain("is that address the platform's?");
    });

    test("counts what was refused over HTTP, and says what to look at", async () => {
      expect((await bb(["publish", "artifact.created", "{}"])).code).toBe(1);
      const refused = (await check("contracts")).find(({ message }) =>
        /over HTTP.*CONTRACT_VIOL/.test(message),
      );
      expect(refused).toMatchObject({ health: "look", hint: expect.stringContaining("bb schema show") });
    });

    test("names a cause that was never stored", async () => {
      const gone = randomUUID();
      await recorded(await publish("--caused-by", gone));
      const found = await check("correlation");
      expect(found).toContainEqual(
        expect.objectContaining({ health: "look", details: [expect.stringContaining(gone)] }),
      );
    });
  });
});
