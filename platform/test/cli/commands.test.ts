/** Every command that speaks to the platform, as a user types it, against the whole platform on each engine. */
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import amqplib from "amqplib";
import { describe, expect, test } from "vitest";
import { eventually } from "../../../bloodbank/client/test/support/eventually.js";
import { onEachEngine } from "../support/on-each-engine.js";
import { start } from "./support/bb.js";
import { commandsOn } from "./support/commands.js";

onEachEngine("bb", { env: { BLOODBANK_WEBHOOK_TARGETS: "any" } }, (fixture) => {
  const { bb, good, json, publish, recorded } = commandsOn(fixture);

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
      const conversation = await json(["events", "--conversation", cause, "--oldest"]);
      expect(conversation.events[0]).toMatchObject({ event_id: cause });
    });

    test("events are counted by type, by source and over time", async () => {
      const app = `counted-${randomUUID().slice(0, 8)}`;
      await publish("--app", app);
      await recorded(await publish("--app", app));
      const counts = await json(["events", "--counts", "--source", app]);
      expect(counts).toMatchObject({
        total: 2,
        invalid: 0,
        complete: true,
        by_type: [{ event_type: "artifact.created", count: 2 }],
        by_source: [{ source_app: app, count: 2 }],
      });
      const buckets: { count: number }[] = counts.over_time.buckets;
      expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBe(2);
      const shown = await good(["events", "--counts", "--source", app]);
      expect(shown).toMatch(/^2 events\n[ ▁▂▃▄▅▆▇█]+ {2}from /);
      expect(shown).toMatch(/^ +2 {2}artifact\.created$/m);
      const none = await bb(["events", "--counts", "--source", `${app}-nobody`]);
      expect([none.code, none.out]).toEqual([1, "0 events\n"]);
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
      writeFileSync(file, `not an event\n`.repeat(130));
      const none = await bb(["import", file]);
      expect(none).toMatchObject({ code: 1, err: expect.stringContaining("and 120 lines more") });
      writeFileSync(file, `{"checkpoint":{"position":4096,"hash":"${"0".repeat(64)}","at":"2026-02-03"}}\n`);
      expect((await bb(["import", file])).err).toContain("1 line of a backup passed over");
      const torn = `${file}.gz`;
      writeFileSync(torn, "not compressed");
      expect(await bb(["import", torn])).toMatchObject({
        code: 66,
        err: expect.stringContaining(`${torn} cannot be read to its end: incorrect header check`),
      });
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
      const later = { ...body, event_id: randomUUID() };
      for (const one of [body, later]) {
        channel.publish("bloodbank.events.v1", "artifact.created", Buffer.from(JSON.stringify(one)));
        await channel.waitForConfirms().catch(() => undefined);
      }
      await connection.close();
      if (fixture().engine.admits) {
        const { quarantined, total } = await json(["quarantine"]);
        expect(total).toBe(quarantined.length);
        expect(quarantined).toContainEqual(
          expect.objectContaining({
            routing_key: "artifact.created",
            client: expect.stringContaining("sloppy"),
          }),
        );
        expect(await good(["quarantine"])).toContain("sloppy");
        expect(await good(["quarantine", "--full"])).toContain("/payload");
        expect((await json(["quarantine", "--limit", "1"])).quarantined).toMatchObject([
          { event_id: later.event_id },
        ]);
        expect((await bb(["quarantine", "--limit", "1"])).err).toContain(`the newest 1 of ${total}: --limit`);
        const oldest: { event_id: string }[] = (await json(["quarantine", "--oldest", "--all"])).quarantined;
        expect(oldest).toEqual(quarantined.toReversed());
        const page = "/api/v1/quarantine?limit=1";
        const { body: first } = await fixture().api.get(page);
        expect(first).toMatchObject({ total, quarantined: [{ event_id: later.event_id }] });
        const next = `${page}&cursor=${first.next_cursor}`;
        expect((await fixture().api.get(next)).body.quarantined).toEqual([quarantined[1]]);
        expect(await fixture().api.get(`${next}&order=oldest`)).toMatchObject({
          status: 400,
          body: { code: "BAD_CURSOR" },
        });
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
      // They start after the platform, one after the other, and what they wrote comes on a way of its own.
      const notifier = await eventually(async () => {
        const { services } = await json(["service", "list"]);
        const found = services.find((one: { name: string }) => one.name === "fireflies-transcript-notifier");
        return found.process.state === "running" && found;
      }, "the notifier");
      expect(await good(["service", "list"])).toMatch(/fireflies-transcript-notifier +running/);
      await eventually(
        async () => (await good(["service", "logs", "fireflies-transcript-notifier"])).includes("connected"),
        "its log",
      );
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

    test("purge asks for a reason, says how many waited, and takes them out", async () => {
      const queue = "services.cli.purged";
      const connection = await amqplib.connect(fixture().platform.amqp);
      const channel = await connection.createConfirmChannel();
      await channel.assertQueue(queue);
      channel.sendToQueue(queue, Buffer.from("{}"));
      await channel.waitForConfirms();
      const silent = await bb(["purge", queue, "--yes"]);
      expect([silent.code, silent.err.includes("--reason")]).toEqual([2, true]);
      const asked = await bb(["purge", queue, "--reason", "over"]);
      expect([asked.code, asked.err.includes(`purge 1 message from ${queue}?`)]).toEqual([2, true]);
      expect(await good(["purge", queue, "--reason", "over", "--yes"])).toBe("1 purged\n");
      expect((await bb(["purge", queue, "--reason", "over", "--yes"])).code).toBe(1);
      await channel.deleteQueue(queue);
      expect((await bb(["purge", queue, "--reason", "over", "--yes"])).err).toContain("There is no queue");
      await connection.close();
    });

    test("the topology is drawn, and the broker's lists stand in for rabbitmqctl", async () => {
      const up = /fireflies-transcript-processor +up/;
      await eventually(async () => up.test((await bb(["topology"])).out), "the processor");
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
});
