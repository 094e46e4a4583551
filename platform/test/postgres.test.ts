/** PostgreSQL as the store: away at the start, there later; the same API over it. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startProxy } from "../../bloodbank/client/test/support/proxy.js";
import { readRuntimeFile } from "../src/start/runtime-file.js";
import { api } from "./support/http.js";
import { eventually, runPlatform } from "./support/running-platform.js";

const url = process.env.TEST_DATABASE_URL;

describe.skipIf(url === undefined)("the platform on PostgreSQL (TEST_DATABASE_URL)", () => {
  const name = `platform_test_${process.pid}`;
  const admin = async (sql: string) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  const own = new URL(url ?? "postgres://localhost/test");
  own.pathname = `/${name}`;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "bloodbank-postgres-"));
    await admin(`create database ${name}`);
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await admin(`drop database ${name} with (force)`);
  });

  test("a database that is away keeps nothing from starting; events that were accepted meanwhile are recorded later", async () => {
    const proxy = await startProxy(own.href);
    proxy.shut();
    const early = eventually(async () => {
      const file = readRuntimeFile(path.join(folder, "data"));
      if (file?.pid == null) return undefined;
      const ready = await api(file.http).get("/health/ready");
      expect(ready).toMatchObject({ status: 503, body: { checks: { store: { status: "failing" } } } });
      expect(await api(file.http).get("/api/v1/events")).toMatchObject({
        status: 503,
        body: { code: "STORE_UNAVAILABLE" },
      });
      return (
        await api(file.http).post("/events/artifact.created", { artifact_type: "a", file_path: "/early" })
      ).body;
    }).finally(() => proxy.open());
    const [platform, accepted] = await Promise.all([
      runPlatform({ args: ["--no-services"], folder, env: { DATABASE_URL: proxy.url } }),
      early,
    ]);
    const client = api(platform.http);
    const ready = await client.get("/health/ready");
    expect(ready.body.checks.store).toMatchObject({ status: "ok", engine: "PostgreSQL" });
    const stored = await eventually(async () => {
      const answer = await client.get(`/api/v1/events/${accepted.event_id}`);
      return answer.status === 200 && answer.body;
    });
    expect(stored.event.payload.file_path).toBe("/early");
    const { body } = await client.get("/api/v1/events?text=early");
    expect(body.events.map(({ event_id }: { event_id: string }) => event_id)).toEqual([accepted.event_id]);
    expect(await platform.stop({ keep: true })).toBe(0);
    await proxy.close();
  });
});
