/** A backup of PostgreSQL is lines; a store of either engine is made from them. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream, existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { createGunzip } from "node:zlib";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../../bloodbank/client/test/support/eventually.js";
import { type EventStore, openStore, restoreStore } from "../src/index.js";
import { many } from "./support/deliveries.js";
import { postgres, sqlite, type TestPlace } from "./support/engines.js";

const script = path.join(path.dirname(fileURLToPath(import.meta.url)), "support/restore-process.mjs");

describe.skipIf(!postgres.available)("restoring a backup of PostgreSQL (TEST_DATABASE_URL)", () => {
  const places: TestPlace[] = [];
  const stores: EventStore[] = [];
  let source: EventStore;
  let file: string;

  const place = async (engine = postgres) => {
    const made = await engine.place();
    places.push(made);
    return made;
  };
  const open = async ({ options }: TestPlace) => {
    const store = await openStore(options);
    stores.push(store);
    return store;
  };
  /** Beside its place, as far as it goes. */
  const isBeingMade = async ({ options: { dataDir, databaseUrl, databaseSchema } }: TestPlace) => {
    if (databaseUrl === undefined)
      return existsSync(path.join(dataDir, "candystore.sqlite.restoring.d/candystore.sqlite"));
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    const { rows } = await client
      .query("SELECT to_regclass($1) AS made", [`${databaseSchema}_restoring.head`])
      .finally(() => client.end());
    return rows[0]?.made !== null;
  };
  const bodies = async (store: EventStore) => {
    const found: unknown[] = [];
    for await (const piece of store.export({}, "ndjson")) found.push(piece);
    return Buffer.concat(found as Uint8Array[]).toString();
  };

  beforeEach(async () => {
    const from = await place();
    source = await open(from);
    await source.append(many(300));
    file = path.join(from.options.dataDir, "history.backup");
    await source.backup(file);
    await source.append(many(20));
  });
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
    // What a restore keeps beside a store, or left unfinished, is in a schema of its own.
    for (const one of places.splice(0)) {
      const schema = one.options.databaseSchema;
      if (schema !== undefined)
        await one.tamper(
          `SET client_min_messages = error; DROP SCHEMA IF EXISTS ${schema}_before_restore CASCADE; DROP SCHEMA IF EXISTS ${schema}_restoring CASCADE`,
        );
      await one.remove();
    }
  });

  it.each([
    ["PostgreSQL", postgres],
    ["SQLite", sqlite],
  ] as const)("brings its events back byte for byte, in their order, into %s", async (_, engine) => {
    const target = await place(engine);
    expect(await restoreStore(file, target.options)).toEqual({ events: 300, position: 300 });
    const store = await open(target);
    expect(await bodies(store)).toBe(readFileSync(file, "utf8"));
    expect(await store.verifyAudit()).toMatchObject({ intact: true, verified: 300 });
    await eventually(async () => (await store.stats()).indexed === 300, "the index");
    await store.append(many(1));
    expect(await store.position()).toBe(301);
  });

  it.each([
    ["PostgreSQL", postgres],
    ["SQLite", sqlite],
  ] as const)("keeps positions and chain where retention had removed events, into %s", async (_, engine) => {
    const old = Date.now() - 10 * 86_400_000;
    const passing = () => ({ type: "llm.prompt", at: old });
    // Whole blocks of them, some between others, and the last.
    await source.append(many(2_500, passing));
    await source.append(many(300, (i) => (i % 3 === 0 ? passing() : { type: "llm.response", at: old + i })));
    await source.append(many(40, passing));
    const rules = [{ type: ["llm.prompt"], max_age_days: 5 }];
    expect(await source.retain({ rules, archive: false })).toMatchObject({ removed: 2_640 });
    const kept = `${file}.kept.gz`;
    expect(await source.backup(kept)).toMatchObject({ events: 520, position: 3_160 });

    const target = await place(engine);
    expect(await restoreStore(kept, target.options)).toEqual({ events: 520, position: 3_160 });
    const store = await open(target);
    expect(await bodies(store)).toBe(await bodies(source));
    const [theirs, ours] = await Promise.all([source.verifyAudit(), store.verifyAudit()]);
    expect(ours).toMatchObject({ intact: true, verified: 520, removed: 2_640 });
    expect(ours.head.hash).toBe(theirs.head.hash);
    for (const filter of [
      { type: ["llm.*"] },
      { since: new Date(old + 100).toISOString(), until: new Date(old + 200).toISOString() },
      { from_position: 290, to_position: 2_900 },
    ]) {
      expect(await store.find(filter, { limit: 1_000 })).toEqual(await source.find(filter, { limit: 1_000 }));
      expect(await store.count(filter)).toEqual(await source.count(filter));
    }
    expect(await store.histogram({}, 7)).toEqual(await source.histogram({}, 7));

    const next = many(3);
    for (const one of [source, store]) expect(await one.append(next)).toMatchObject({ position: 3_163 });
    expect((await store.verifyAudit()).head.hash).toBe((await source.verifyAudit()).head.hash);
    expect(await store.import(createReadStream(kept).pipe(createGunzip()))).toMatchObject({
      stored: 0,
      duplicates: 520,
      passed_over: 2_640,
      rejected: [],
    });
    expect(await store.verifyAudit()).toMatchObject({ intact: true, removed: 2_640 });
  });

  it("does not replace a history unless told, nor one that is open; the replaced one is kept", async () => {
    const target = await place();
    const old = await open(target);
    await old.append(many(7));
    await expect(restoreStore(file, target.options)).rejects.toMatchObject({ code: "FILE_EXISTS" });
    await expect(restoreStore(file, target.options, { replace: true })).rejects.toMatchObject({
      code: "STORE_BUSY",
    });
    expect(await old.position()).toBe(7);
    // One that retention emptied is a history as well: the digests of its events are in it.
    expect(await old.retain({ rules: [{ type: ["#"], max_age_days: 0 }], archive: false })).toMatchObject({
      removed: 7,
    });
    await old.close();
    await expect(restoreStore(file, target.options)).rejects.toMatchObject({ code: "FILE_EXISTS" });
    expect(await restoreStore(file, target.options, { replace: true })).toMatchObject({ events: 300 });
    const kept = { ...target.options, databaseSchema: `${target.options.databaseSchema}_before_restore` };
    expect(await (await open({ ...target, options: kept })).position()).toBe(7);
  });

  it("takes no schema that is another program's, whatever it is told", async () => {
    const target = await place();
    const { databaseSchema: schema } = target.options;
    await target.tamper(`CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.orders (id integer)`);
    await expect(restoreStore(file, target.options, { replace: true })).rejects.toMatchObject({
      code: "FILE_EXISTS",
      message: expect.stringContaining("orders"),
    });
    await target.tamper(`SELECT * FROM ${schema}.orders`);
  });

  it("takes no line that is not of a backup, and no file of SQLite; what was there stays", async () => {
    const target = await place();
    const old = await open(target);
    await old.append(many(7));
    await old.close();
    writeFileSync(file, `${readFileSync(file, "utf8").slice(0, -40)}\n`);
    await expect(restoreStore(file, target.options, { replace: true })).rejects.toMatchObject({
      code: "STORE_CORRUPT",
      message: expect.stringContaining("line 300"),
    });
    for (const beside of ['{"replay":{"replay_id":1}}', '{"checkpoint":{"position":4096,"hash":"none"}}']) {
      writeFileSync(file, `${beside}\n`);
      await expect(restoreStore(file, target.options, { replace: true })).rejects.toMatchObject({
        code: "STORE_CORRUPT",
        message: expect.stringContaining(beside.slice(2, 8)),
      });
    }
    const other = await place(sqlite);
    const store = await open(other);
    await store.append(many(3));
    const database = path.join(other.options.dataDir, "backup");
    await store.backup(database);
    await expect(restoreStore(database, target.options, { replace: true })).rejects.toMatchObject({
      code: "INVALID_IMPORT",
    });
    expect(await (await open(target)).position()).toBe(7);
  });

  it.each([
    ["PostgreSQL", postgres],
    ["SQLite", sqlite],
  ] as const)("killed in the middle it leaves %s as it was, and can be done again", async (_, engine) => {
    for (let i = 0; i < 10; i++)
      await source.append(many(1_000, () => ({ payload: { title: "z".repeat(2_000) } })));
    const large = `${file}.large`;
    await source.backup(large);
    const target = await place(engine);
    const child = spawn(process.execPath, [script, large, JSON.stringify(target.options)], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const ended = once(child, "exit");
    const isOver = () => child.exitCode !== null;
    await eventually(async () => isOver() || (await isBeingMade(target)), "the restore to be on its way");
    child.kill("SIGKILL");
    await ended;
    const half = await open(target);
    // On a fast machine it may be whole; never is it a part.
    expect([0, 10_320]).toContain(await half.position());
    await half.close();
    expect(await restoreStore(large, target.options, { replace: true })).toMatchObject({ events: 10_320 });
    expect(await (await open(target)).verifyAudit()).toMatchObject({ intact: true, verified: 10_320 });
  });
});
