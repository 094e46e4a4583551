/** Dead letters sent back at a rate: watched, paused, cancelled; and the nodes of the broker that they lie on. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { DeadLetter, LetterFilter, RedriveAct } from "@33god/bloodbank";
import amqplib from "amqplib";
import { expect, test } from "vitest";
import { RedriveFiles } from "../src/dead-letters/redrive-files.js";
import { Redrives } from "../src/dead-letters/redrives.js";
import { onEachEngine } from "./support/on-each-engine.js";
import { eventually } from "./support/running-platform.js";

test("what was on its way when a redrive was paused is not waited for again when it goes on", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "bloodbank-redrives-"));
  const lying = ["a", "b"].map((id) => ({ id, queue: "q", event_type: "t" }) as DeadLetter);
  const asked: string[] = [];
  const letters = {
    connected: true,
    list: async () => ({ dead_letters: lying, total: 2, complete: true }),
    redrive: async ({ ids = [] }: LetterFilter, { onProgress, signal }: RedriveAct) => {
      asked.push(ids.join());
      const count = asked.length === 1 ? 1 : ids.filter((id) => id === "b").length;
      onProgress?.({ done: count, failed: 0 });
      // The first is sent, and its act is recorded while somebody halts it.
      if (asked.length === 1) await once(signal as AbortSignal, "abort");
      return { count, event_ids: [], failed: [] };
    },
  };
  const redrives = new Redrives(letters, new RedriveFiles(folder), new AbortController().signal, () => {});
  // One in an hour.
  const { redrive_id } = await redrives.start({ filter: { all: true }, actor: "ada", rate: 1 / 3_600 });
  expect(await redrives.act(redrive_id, "pause")).toMatchObject({ state: "paused", done: 1 });
  await redrives.act(redrive_id, "resume");
  await eventually(() => redrives.list()[0]?.state === "finished");
  expect(redrives.list()[0]).toMatchObject({ done: 2, total: 2, failed: [] });
  expect(asked).toEqual(["a", "a", "b"]);
  rmSync(folder, { recursive: true });
});

interface Redrive {
  readonly redrive_id: string;
  readonly state: string;
  readonly total: number;
  readonly done: number;
  readonly failed: readonly unknown[];
}

onEachEngine("redrives", { args: ["--no-services"] }, (fixture) => {
  const dead = async (queue: string) =>
    (await fixture().api.get(`/api/v1/dead-letters?queue=${queue}`)).body.total as number;
  const redrives = async () =>
    (await fixture().api.get("/api/v1/dead-letters/redrives")).body.redrives as readonly Redrive[];
  const watched = async (id: string, ready: (one: Redrive) => boolean) =>
    eventually(async () => {
      const one = (await redrives()).find(({ redrive_id }) => redrive_id === id);
      return one !== undefined && ready(one) && one;
    });

  /** A queue whose consumer rejects what it gets, until it is told to take it. */
  async function reader(queue: string, accepts = false) {
    const connection = await amqplib.connect(fixture().platform.amqp);
    const channel = await connection.createChannel();
    connection.on("error", () => undefined);
    await channel.assertQueue(queue, { durable: true });
    await channel.bindQueue(queue, "bloodbank.events.v1", "session.started");
    const taken: (string | undefined)[] = [];
    await eventually(async () => {
      const { body } = await fixture().api.get("/api/v1/dead-letters/policies");
      return body.policies.some((one: { queue: string }) => one.queue === queue);
    });
    await channel.consume(queue, (message) => {
      if (message === null) return;
      if (!accepts) return channel.reject(message, false);
      taken.push(message.properties.messageId);
      channel.ack(message);
    });
    return {
      taken,
      accept: () => {
        accepts = true;
      },
      leave: () => connection.close(),
      close: async () => {
        await channel.deleteQueue(queue);
        await channel.deleteQueue(`${queue}.dlq`);
        await connection.close();
      },
    };
  }
  const publish = async (count: number) => {
    const ids: string[] = [];
    for (let n = 0; n < count; n++) {
      const { body } = await fixture().api.post("/events/session.started", {
        session_id: `s${n}`,
        agent_name: "codex",
      });
      ids.push(body.event_id as string);
    }
    return ids;
  };

  test("a group goes back at a rate, each letter once, with its progress and who did it", async () => {
    const queue = "services.redrives.whole";
    const consumer = await reader(queue);
    const ids = await publish(6);
    await eventually(async () => (await dead(queue)) === 6);
    consumer.accept();
    const { body: preview } = await fixture().api.get(`/api/v1/dead-letters/groups?queue=${queue}`);
    expect(preview.groups).toHaveLength(1);
    expect(preview.groups[0].trend.reduce((a: number, b: number) => a + b)).toBe(6);
    const started = await fixture().api.post("/api/v1/dead-letters/redrives", {
      group: preview.groups[0].group,
      rate: 50,
      reason: "repaired",
    });
    expect(started.status).toBe(202);
    expect(started.body).toMatchObject({ state: "running", total: 6, queues: [queue], reason: "repaired" });
    const ended = await watched(started.body.redrive_id, ({ state }) => state !== "running");
    expect(ended).toMatchObject({ state: "finished", done: 6, failed: [] });
    await eventually(() => consumer.taken.length === 6);
    expect([...consumer.taken].sort()).toEqual([...ids].sort());
    await consumer.close();
  });

  test("a paused one leaves the rest where it lies, and goes on from there; a cancelled one never", async () => {
    const queue = "services.redrives.halted";
    const consumer = await reader(queue);
    await publish(5);
    await eventually(async () => (await dead(queue)) === 5);
    consumer.accept();
    // One in a minute: the first goes at once, and no second one while this test looks.
    const { body: slow } = await fixture().api.post("/api/v1/dead-letters/redrives", { queue, rate: 1 / 60 });
    await watched(slow.redrive_id, ({ done }) => done === 1);
    const act = (id: string, what: string) =>
      fixture().api.post(`/api/v1/dead-letters/redrives/${id}/${what}`, {});
    expect((await act(slow.redrive_id, "pause")).body).toMatchObject({ state: "paused", done: 1 });
    expect(await dead(queue)).toBe(4);
    await act(slow.redrive_id, "resume");
    await watched(slow.redrive_id, ({ state, done }) => state === "running" && done === 2);
    expect((await act(slow.redrive_id, "cancel")).body).toMatchObject({ state: "cancelled", done: 2 });
    expect((await act(slow.redrive_id, "resume")).body).toMatchObject({ state: "cancelled" });
    expect(await dead(queue)).toBe(3);
    await eventually(() => consumer.taken.length === 2);

    const { body: rest } = await fixture().api.post("/api/v1/dead-letters/redrives", { queue });
    await watched(rest.redrive_id, ({ state, done }) => state === "finished" && done === 3);
    await eventually(() => consumer.taken.length === 5);
    expect(new Set(consumer.taken).size).toBe(5);
    await consumer.close();
  });

  test("one that the platform's end breaks off goes on when it starts again, and a paused one stays paused", async () => {
    const queue = "services.redrives.broken";
    const consumer = await reader(queue);
    const ids = await publish(6);
    await eventually(async () => (await dead(queue)) === 6);
    await consumer.leave();
    const start = async (rate: number) =>
      (await fixture().api.post("/api/v1/dead-letters/redrives", { queue, rate })).body as Redrive;
    // One in a minute: the first goes at once, and no second one while this test looks.
    const slow = await start(1 / 60);
    await watched(slow.redrive_id, ({ done }) => done === 1);
    await fixture().restart("SIGKILL");
    const gone = await watched(slow.redrive_id, ({ done }) => done >= 2);
    expect(gone).toMatchObject({ state: "running", total: 6 });
    await fixture().api.post(`/api/v1/dead-letters/redrives/${slow.redrive_id}/pause`, {});
    await fixture().restart("SIGTERM");
    const held = await watched(slow.redrive_id, () => true);
    expect(held.state).toBe("paused");
    const left = await dead(queue);
    expect(left).toBe(6 - held.done);
    await fixture().api.post(`/api/v1/dead-letters/redrives/${slow.redrive_id}/cancel`, {});
    const rest = await start(1_000);
    await watched(rest.redrive_id, ({ state }) => state === "finished");
    const back = await reader(queue, true);
    await eventually(() => ids.every((id) => back.taken.includes(id)));
    await back.close();
    // A platform is started twice, on a machine that may be busy.
  });

  test("nothing chosen and an unknown one are refused", async () => {
    const { api } = fixture();
    expect((await api.post("/api/v1/dead-letters/redrives", {})).body).toMatchObject({ code: "BAD_REQUEST" });
    expect((await api.post("/api/v1/dead-letters/redrives/none/pause", {})).body).toMatchObject({
      status: 404,
      code: "REDRIVE_NOT_FOUND",
    });
  });

  test("the broker's nodes are told with their memory, disk and alarms", async () => {
    const { body } = await fixture().api.get("/api/v1/cluster");
    expect(body.version).toMatch(/^\d/);
    expect(body.nodes.length).toBeGreaterThan(0);
    for (const node of body.nodes)
      expect(node).toMatchObject({ running: true, mem_alarm: false, disk_free_alarm: false, partitions: [] });
    expect(body.nodes[0].mem_used).toBeGreaterThan(0);
  });
});
