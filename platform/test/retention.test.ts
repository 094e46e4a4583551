/** How long events are kept: the rules of a file, applied by the platform itself; and over HTTP. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { loadConfig } from "../src/config/load.js";
import type { StoreAccess } from "../src/http/context.js";
import { readRetention, scheduleRetention } from "../src/retention/schedule.js";
import { api } from "./support/http.js";
import { eventually, type RunningPlatform, runPlatform } from "./support/running-platform.js";

const postgres = process.env.TEST_DATABASE_URL;
const admin = async (sql: string) => {
  const client = new pg.Client({ connectionString: postgres });
  await client.connect();
  await client.query(sql).finally(() => client.end());
};

describe.each([
  { store: "SQLite", available: true },
  { store: "PostgreSQL", available: postgres !== undefined },
])("retention on $store", ({ store, available }) => {
  let folder: string;
  const name = `retention_test_${process.pid}`;
  let env: Record<string, string> = {};
  const running: RunningPlatform[] = [];
  const run = async (more: Record<string, string> = {}) => {
    const platform = await runPlatform({ args: ["--no-services"], folder, env: { ...env, ...more } });
    running.push(platform);
    return platform;
  };
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "bloodbank-retention-"));
    if (store === "SQLite" || !available) return;
    await admin(`create database ${name}`);
    const url = new URL(postgres ?? "");
    url.pathname = `/${name}`;
    env = { DATABASE_URL: url.href };
  });
  afterAll(async () => {
    for (const platform of running) await platform.stop({ keep: true });
    rmSync(folder, { recursive: true, force: true });
    if (env.DATABASE_URL) await admin(`drop database ${name} with (force)`);
  });

  test.skipIf(!available)(
    "what its rule says goes by itself, into an archive; the rest stays, and the record still proves itself",

    async () => {
      const before = await run();
      const publish = async (type: string, payload: object) => {
        const { body } = await api(before.http).post(`/events/${type}`, payload);
        await eventually(
          async () => (await api(before.http).get(`/api/v1/events/${body.event_id}`)).status === 200,
        );
        return body.event_id as string;
      };
      const goes = await publish("llm.prompt", { provider: "p", prompt: "secret" });
      const stays = await publish("artifact.created", { artifact_type: "code", file_path: "/kept" });
      const wouldGo = { rules: [{ type: ["llm.*"], max_age_days: 0 }], dry_run: true };
      const preview = await api(before.http).post("/api/v1/store/retain", wouldGo);
      expect(preview).toMatchObject({ status: 200, body: { removed: 1, dry_run: true } });
      expect((await api(before.http).get(`/api/v1/events/${goes}`)).status).toBe(200);
      await before.stop({ keep: true });

      const file = path.join(folder, "retention.yaml");
      writeFileSync(file, 'rules:\n  - type: ["llm.*"]\n    max_age_days: 0\narchive: gone\n');
      const platform = await run({ BLOODBANK_RETENTION: file });
      const client = api(platform.http);
      await eventually(async () => (await client.get(`/api/v1/events/${goes}`)).status === 404);
      expect((await client.get(`/api/v1/events/${stays}`)).status).toBe(200);
      const archives = readdirSync(path.join(folder, "gone"));
      const [archived] = archives.map((one) =>
        gunzipSync(readFileSync(path.join(folder, "gone", one))).toString("utf8"),
      );
      expect(archived).toContain(goes);
      expect(archived).not.toContain(stays);
      expect(await client.post("/api/v1/store/verify", {})).toMatchObject({
        body: { intact: true, removed: 1 },
      });
      await eventually(() => platform.output().includes("retention removed 1 event"));
    },
  );
});

test("a rule that cannot be followed stops the start, with its place", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "bloodbank-retention-"));
  const file = path.join(folder, "retention.json");
  const { config } = loadConfig({ BLOODBANK_RETENTION: file });
  const cases: [string, RegExp][] = [
    ["{", /BLOODBANK_RETENTION: .*retention\.json/],
    ["[]", /no list of rules/],
    ['{"rules":[{"type":"#","max_age_days":1}]}', /Rule 1: type is a list/],
    ['{"rules":[{"type":["#"],"max_age_days":-1}]}', /Rule 1: max_age_days/],
    ['{"rules":[{"type":["#"],"max_age":1}]}', /rule 1 has a "max_age".*max_age_days/],
    ['{"rules":[],"archiv":"x"}', /it has a "archiv".*did you mean archive\?/],
    ['{"rules":[],"max_bytes":0}', /max_bytes/],
  ];
  try {
    await expect(readRetention(config)).rejects.toThrow(/ENOENT/);
    for (const [text, complaint] of cases) {
      writeFileSync(file, text);
      await expect(readRetention(config), text).rejects.toThrow(complaint);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a round that is at work when it is stopped is the last one", async () => {
  vi.useFakeTimers();
  try {
    let rounds = 0;
    let finish = () => {};
    const retain = () => {
      rounds++;
      return new Promise((_, reject) => {
        finish = () => reject(new Error("the store is closed"));
      });
    };
    const said: string[] = [];
    const store = { events: { retain } } as unknown as StoreAccess;
    const stop = scheduleRetention({ rules: [] }, store, (_level, message) => said.push(message));
    await vi.advanceTimersByTimeAsync(5_000);
    stop();
    finish();
    await vi.advanceTimersByTimeAsync(3 * 60 * 60_000);
    expect([rounds, said]).toEqual([1, []]);
  } finally {
    vi.useRealTimers();
  }
});
