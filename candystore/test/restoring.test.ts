import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../../bloodbank/client/test/support/eventually.js";
import { type EventStore, openStore, restoreStore } from "../src/index.js";
import { many } from "./support/deliveries.js";
import { sqlite, type TestPlace } from "./support/engines.js";

const script = path.join(path.dirname(fileURLToPath(import.meta.url)), "support/backup-process.mjs");

describe("restoring", () => {
  let place: TestPlace;
  let store: EventStore | undefined;
  const dir = () => place.options.dataDir;
  const backup = () => path.join(dir(), "backup.sqlite");

  beforeEach(async () => {
    place = await sqlite.place();
    store = await openStore(place.options);
    await store.append(many(300));
  });
  afterEach(async () => {
    await store?.close();
    await place.remove();
  });
  const close = async () => {
    await store?.close();
    store = undefined;
  };

  it("brings back the moment of the backup, in another folder and in the same", async () => {
    const made = await store!.backup(backup());
    expect(made).toMatchObject({ events: 300, position: 300 });
    await store!.append(many(100));
    const { head } = await store!.verifyAudit();
    await close();
    const other = path.join(dir(), "other");
    for (const [target, options] of [
      [other, {}],
      [dir(), { replace: true }],
    ] as const) {
      expect(await restoreStore(backup(), { dataDir: target }, options)).toMatchObject({
        events: 300,
        position: 300,
      });
      const restored = await openStore({ dataDir: target });
      const report = await restored.verifyAudit();
      expect(report).toMatchObject({ intact: true, verified: 300 });
      expect(report.head.hash).not.toBe(head.hash);
      await eventually(async () => (await restored.stats()).indexed === 300, "the index");
      await restored.append(many(1));
      expect(await restored.position()).toBe(301);
      await restored.close();
    }
    expect(existsSync(path.join(dir(), "candystore.sqlite.before-restore"))).toBe(true);
  });

  it("is not touched by a log that lies where its file is to be", async () => {
    await store!.backup(backup());
    await store!.append(many(50));
    const target = path.join(dir(), "other");
    mkdirSync(target);
    copyFileSync(path.join(dir(), "candystore.sqlite-wal"), path.join(target, "candystore.sqlite-wal"));
    await restoreStore(backup(), { dataDir: target });
    const restored = await openStore({ dataDir: target });
    try {
      expect(await restored.position()).toBe(300);
      expect(await restored.verifyAudit()).toMatchObject({ intact: true, verified: 300 });
    } finally {
      await restored.close();
    }
  });

  it.runIf(process.platform === "linux")("is refused at once where the kernel makes no folders", async () => {
    await store!.backup(backup());
    await expect(restoreStore(backup(), { dataDir: "/proc/bloodbank/data" })).rejects.toThrow("ENOENT");
    await expect(openStore({ dataDir: "/proc/bloodbank/data" })).rejects.toThrow("ENOENT");
  });

  it("does not replace a store unless told, nor one that is open", async () => {
    await store!.backup(backup());
    await expect(restoreStore(backup(), { dataDir: dir() })).rejects.toMatchObject({ code: "FILE_EXISTS" });
    await expect(restoreStore(backup(), { dataDir: dir() }, { replace: true })).rejects.toMatchObject({
      code: "STORE_BUSY",
    });
    expect(await store!.position()).toBe(300);
  });

  it("takes no damaged file and no other database", async () => {
    await store!.backup(backup());
    await close();
    const target = path.join(dir(), "other");
    writeFileSync(
      path.join(dir(), "text"),
      "no database at all, and long enough to have a header".repeat(200),
    );
    await expect(restoreStore(path.join(dir(), "text"), { dataDir: target })).rejects.toMatchObject({
      code: "STORE_CORRUPT",
    });
    await expect(restoreStore(path.join(dir(), "none"), { dataDir: target })).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
    });
    const file = await open(backup(), "r+");
    await file.write(Buffer.alloc(20_000, 0x5a), 0, 20_000, 40_000);
    await file.close();
    await expect(restoreStore(backup(), { dataDir: target })).rejects.toMatchObject({
      code: "STORE_CORRUPT",
    });
    expect(existsSync(path.join(target, "candystore.sqlite"))).toBe(false);
  });

  it("leaves no half backup under its name when it is killed", async () => {
    const large = () => many(1_000, () => ({ payload: { title: "z".repeat(5_000) } }));
    for (let i = 0; i < 15; i++) await store!.append(large());
    await close();
    const child = spawn(process.execPath, [script, JSON.stringify(place.options), backup()], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(child, "exit");
    let said = "";
    child.stdout.on("data", (text: Buffer) => {
      said += text.toString();
    });
    await eventually(() => existsSync(`${backup()}.partial`) || said.includes("done"), "the backup to begin");
    child.kill("SIGKILL");
    await ended;
    // Fast machines may have finished; then the file is whole.
    if (existsSync(backup())) expect(said).toMatch(/begun/);
    store = await openStore(place.options);
    expect(await store.verifyAudit()).toMatchObject({ intact: true, verified: 15_300 });
    const again = `${backup()}.2`;
    expect(await store.backup(again)).toMatchObject({ events: 15_300 });
    expect(readdirSync(dir()).filter((name) => name.endsWith(".2.partial"))).toEqual([]);
  });

  it("says that a store's file is damaged, and makes a damaged index again", async () => {
    await eventually(async () => (await store!.stats()).indexed === 300, "the index");
    await close();
    for (const suffix of ["-wal", "-shm"])
      expect(existsSync(path.join(dir(), `candystore-search.sqlite${suffix}`))).toBe(false);
    writeFileSync(path.join(dir(), "candystore-search.sqlite"), "x".repeat(10_000));
    store = await openStore(place.options);
    await eventually(async () => (await store!.stats()).indexed === 300, "the index");
    await close();
    writeFileSync(path.join(dir(), "candystore.sqlite"), "x".repeat(10_000));
    await expect(openStore(place.options)).rejects.toMatchObject({ code: "STORE_CORRUPT" });
  });

  it("refuses a store that a newer version wrote", async () => {
    await close();
    await place.tamper("PRAGMA user_version = 99");
    await expect(openStore(place.options)).rejects.toMatchObject({ code: "STORE_TOO_NEW" });
  });
});
