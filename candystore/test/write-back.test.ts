/** SQLite's write-ahead log goes back into the file while events arrive. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { eventually } from "../../bloodbank/client/test/support/eventually.js";
import { WriteBack } from "../src/engine/write-back.js";
import { openStore } from "../src/index.js";
import { draftOf, shapeJudge } from "../src/record/draft.js";
import { SqliteWriter } from "../src/sqlite/writer.js";
import { delivery, many } from "./support/deliveries.js";
import { sqlite, type TestPlace } from "./support/engines.js";

const script = path.join(path.dirname(fileURLToPath(import.meta.url)), "support/appending-process.mjs");
const MEGABYTE = 2 ** 20;

let place: TestPlace;
beforeEach(async () => {
  place = await sqlite.place();
});
afterEach(() => place.remove());

const file = () => path.join(place.options.dataDir, "candystore.sqlite");
const large = (count: number) => many(count, () => ({ payload: { title: "z".repeat(10_000) } }));

it("is written back long before a commit would have to do it", async () => {
  const store = await openStore(place.options);
  for (let n = 0; n < 12; n++) await store.append(large(100));
  expect(statSync(`${file()}-wal`).size).toBeLessThan(32 * MEGABYTE);
  await eventually(() => statSync(file()).size > 4 * MEGABYTE, "the file to grow");
  await store.close();
});

it("is asked for by what was stored, whatever was tried before", async () => {
  let asked = 0;
  const writer = new SqliteWriter(file(), { grown: () => asked++ });
  const ids = Array.from({ length: 6 }, (_, n) => `0194b0c0-0000-7000-8000-00000000000${n}`);
  const drafts = ids.map((id) =>
    draftOf(delivery({ id, payload: { title: "z".repeat(MEGABYTE) } }), shapeJudge),
  );
  writer.append(drafts.slice(0, 1));
  // The whole batch is tried as new, and then again without its copy.
  writer.append(drafts.slice(0, 3));
  expect(asked).toBe(0);
  writer.append(drafts.slice(3));
  expect(asked).toBe(1);
  writer.database.close();
});

it("is left to the writer where no other thread can do it", async () => {
  const writeBack = new WriteBack(path.join(place.options.dataDir, "missing", "candystore.sqlite"));
  for (let n = 0; n < 2; n++) {
    writeBack.grown();
    await writeBack.idle();
  }
  await writeBack.close();
  writeBack.grown();
  await writeBack.idle();
});

it("keeps all that was committed when the process is killed meanwhile, again and again", async () => {
  let committed = 0;
  for (let round = 0; round < 3; round++) {
    const child = spawn(process.execPath, [script, JSON.stringify(place.options)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(child, "exit");
    const until = committed + 1_500 + round * 300;
    for await (const line of createInterface(child.stdout)) {
      committed = Number(line);
      if (committed >= until) child.kill("SIGKILL");
    }
    await ended;
  }
  const store = await openStore(place.options);
  expect(await store.position()).toBeGreaterThanOrEqual(committed);
  expect(await store.verifyAudit()).toMatchObject({ intact: true });
  await store.close();
});
