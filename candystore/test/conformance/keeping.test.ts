import { Buffer } from "node:buffer";
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { createGunzip } from "node:zlib";
import { expect, it } from "vitest";
import {
  type EventStore,
  type FindFilter,
  openStore,
  type ReplayRecord,
  restoreStore,
  type StoredEvent,
} from "../../src/index.js";
import { delivery, many, raw } from "../support/deliveries.js";
import { onEachStore, postgres, sqlite } from "../support/engines.js";

const DAY = 86_400_000;

async function textOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all).toString();
}

async function everything(store: EventStore, filter: FindFilter = {}) {
  const all: StoredEvent[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.find(filter, { limit: 1_000, order: "oldest", ...(cursor && { cursor }) });
    all.push(...page.events);
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  return all;
}

onEachStore("keeping", (fixture) => {
  const old = Date.now() - 10 * DAY;

  it("exports and imports every byte and fact", async () => {
    const { store } = fixture();
    const first = delivery({ headers: { n: 1, bytes: Buffer.from([1, 2]) } });
    await store.append([
      first,
      delivery({ at: old, causes: [first.id], conversation: first.id }),
      raw('{ "event_id": "spaces",\n "event_type":"a.b" }'),
      raw("﻿{}"),
      raw(Buffer.from([0xff, 0xfe])),
      raw("{broken"),
      ...many(700, (i) => ({ payload: { title: `über ${i} "quoted", and\tmore` } })),
    ]);
    await store.append([first, first]);
    expect(await store.get(first.id)).toMatchObject({ duplicates: 2 });
    const place = await sqlite.place();
    const copy = await openStore(place.options);
    try {
      const report = await copy.import(store.export({}, "ndjson"));
      expect(report).toEqual({ lines: 706, stored: 706, duplicates: 0, passed_over: 0, rejected: [] });
      expect(await everything(copy)).toEqual(await everything(store));
      for (const { event_id } of (await everything(store)).slice(0, 6))
        expect(await copy.body(event_id)).toEqual(await store.body(event_id));
      const [ours, theirs] = await Promise.all([store.verifyAudit(), copy.verifyAudit()]);
      expect(theirs).toMatchObject({ intact: true, head: { hash: ours.head.hash } });
      expect(await copy.import(store.export({}, "ndjson"))).toMatchObject({ stored: 0, duplicates: 706 });
      expect(await copy.get(first.id)).toMatchObject({ duplicates: 2 });
    } finally {
      await copy.close();
      await place.remove();
    }
  });

  it("says which lines of an import are wrong, and takes the others", async () => {
    const { store } = fixture();
    const lines = await textOf(store.export({ to_position: 1 }, "ndjson"));
    async function* pieces() {
      yield Buffer.from(`nonsense\r\n\n{"received_at":"2026-11-24T00:00:00Z"}\n`);
      yield Buffer.from(lines.slice(0, 10));
      yield Buffer.from(lines.slice(10));
    }
    const report = await store.import(pieces());
    expect(report).toMatchObject({ lines: 3, stored: 0, duplicates: 1 });
    expect(report.rejected.map(({ line }) => line)).toEqual([1, 2]);
  });

  it("exports CSV that quotes what must be quoted", async () => {
    const { store } = fixture();
    const quoted = delivery({ app: 'a "b", c', payload: { title: "x\ny" } });
    await store.append([quoted]);
    const [header, line] = (await textOf(store.export({ source: 'a "b", c' }, "csv"))).split("\r\n");
    expect(header).toMatch(/^position,event_id,event_type,/);
    expect(line).toContain(`,"a ""b"", c",`);
    expect(line).toContain('""title"":""x\\ny""');
  });

  it("removes by type and age, archives first, and the chain still verifies", async () => {
    const { store } = fixture();
    const doomed = many(30, () => ({ type: "llm.prompt", payload: { provider: "p", prompt: "q" }, at: old }));
    const cause = doomed[0]!.id;
    const kept = [delivery({ at: old }), delivery({ type: "llm.prompt", causes: [cause] })];
    await store.append([...doomed, ...kept]);
    await store.append([doomed[0]!]);
    const rules = [{ type: ["llm.#"], max_age_days: 5 }, { type: ["#"] }];
    expect(await store.retain({ rules, dry_run: true })).toMatchObject({
      removed: 30,
      archives: [],
      dry_run: true,
    });
    expect(await store.get(cause)).toBeDefined();
    const report = await store.retain({ rules });
    expect(report).toMatchObject({ removed: 30, dry_run: false });
    expect(await store.get(cause)).toBeUndefined();
    for (const { id } of kept) expect(await store.get(id)).toBeDefined();
    expect((await store.count({ type: ["llm.#"] })).total).toBe(1);
    expect(
      await everything(store, { type: ["llm.#"], until: new Date(Date.now() - DAY).toISOString() }),
    ).toEqual([]);
    expect(await store.verifyAudit()).toMatchObject({ intact: true, removed: 30 });
    expect((await store.trace(kept[1]!.id))?.nodes.find(({ event_id }) => event_id === cause)?.missing).toBe(
      true,
    );

    const [archive] = report.archives;
    const back = await store.import(createReadStream(archive!).pipe(createGunzip()));
    expect(back).toMatchObject({ lines: 30, stored: 30, rejected: [] });
    expect(await store.get(cause)).toMatchObject({
      received_at: new Date(old).toISOString(),
      duplicates: 1,
    });
    expect(await store.verifyAudit()).toMatchObject({ intact: true, removed: 30 });
  });

  it("removes the oldest when the store is too large", async () => {
    const { store } = fixture();
    await store.append(many(500, () => ({ payload: { title: "y".repeat(2_000) } })));
    const before = (await everything(store)).map(({ position }) => position);
    const report = await store.retain({ rules: [], max_bytes: 500_000, archive: false });
    expect(report.removed).toBeGreaterThan(100);
    expect(report.archives).toEqual([]);
    const after = (await everything(store)).map(({ position }) => position);
    expect(after.length).toBeGreaterThan(0);
    expect(after).toEqual(before.slice(-after.length));
    expect(await store.verifyAudit()).toMatchObject({ intact: true });
  });

  it("refuses rules that are none", async () => {
    const { store } = fixture();
    for (const rules of [[{ type: [] }], [{ type: ["#"], max_age_days: -1 }], "all"])
      await expect(store.retain({ rules: rules as never })).rejects.toMatchObject({
        code: "INVALID_RETENTION",
      });
  });

  it("backs up while it goes on, and overwrites nothing", async () => {
    const { store, place } = fixture();
    const file = path.join(place.options.dataDir, "backup");
    const [backup] = await Promise.all([store.backup(file), store.append(many(50))]);
    expect(backup.file).toBe(file);
    expect(backup.bytes).toBeGreaterThan(0);
    await expect(store.backup(file)).rejects.toMatchObject({ code: "FILE_EXISTS" });
    expect((await readdir(place.options.dataDir)).filter((name) => name.endsWith(".partial"))).toEqual([]);
  });

  it("brings back from a backup the copies of events, the replays and the checkpoints", async () => {
    const { store, place } = fixture();
    const copied = many(3);
    await store.append(copied);
    await store.append([copied[0]!, copied[0]!, copied[2]!]);
    // The chain has a checkpoint every 4,096 events.
    for (let i = 0; i < 5; i++) await store.append(many(1_000));
    const replay: ReplayRecord = {
      replay_id: "0198f0c4-7b1e-7c3a-8f00-000000000001",
      request: { select: { filter: { type: ["artifact.#"] } }, actor: "jane" },
      state: "finished",
      total: 3,
      sent: 3,
      unrouted: 0,
      refused: 0,
      position: 3,
      until_position: 3,
      created_at: "2026-11-24T15:00:00.000Z",
      updated_at: "2026-11-24T15:00:01.000Z",
    };
    await store.replays.save(replay);
    const checkpoints = await store.checkpoints();
    expect(checkpoints.length).toBeGreaterThan(0);
    const file = path.join(place.options.dataDir, "whole.backup");
    await store.backup(file);

    const target = await (store.engine === "postgres" ? postgres : sqlite).place();
    await restoreStore(file, target.options);
    const restored = await openStore(target.options);
    try {
      for (const { id } of copied) expect(await restored.get(id)).toEqual(await store.get(id));
      expect((await restored.get(copied[0]!.id))?.duplicates).toBe(2);
      expect(await restored.replays.list()).toEqual([replay]);
      expect(await restored.checkpoints()).toEqual(checkpoints);
      expect(await restored.verifyAudit()).toMatchObject({ intact: true });
      // Whoever wrote the record anew would not agree with what the backup brought.
      await restored.append(many(1));
      expect((await restored.verifyAudit()).checkpoints).toBeGreaterThanOrEqual(checkpoints.length);
    } finally {
      await restored.close();
      await target.remove();
    }
  });
});
