import { expect, it } from "vitest";
import { openStore } from "../../src/index.js";
import { many } from "../support/deliveries.js";
import { onEachStore, postgres, sqlite } from "../support/engines.js";

onEachStore("auditing", (fixture) => {
  it("proves a record that nobody touched", async () => {
    const { store } = fixture();
    await store.append(many(100));
    await store.append(many(100));
    const report = await store.verifyAudit();
    expect(report).toMatchObject({ intact: true, verified: 200, removed: 0, head: { position: 200 } });
    expect(report.head.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it("continues the same chain after it was closed and opened", async () => {
    await fixture().reopen();
    await fixture().store.append(many(10));
    expect(await fixture().store.verifyAudit()).toMatchObject({ intact: true, verified: 210 });
  });

  it("proves it while events of new types come and others are removed by their age", async () => {
    const { store } = fixture();
    const before = await store.position();
    const old = Date.now() - 10 * 86_400_000;
    for (let i = 0; i < 4; i++) await store.append(many(1_000, () => ({ type: "llm.prompt", at: old })));
    let verified = false;
    let round = 0;
    const recording = (async () => {
      while (!verified) {
        const type = `new.type_${round++}`;
        await store.append(many(50, () => ({ type })));
      }
    })();
    const removing = store.retain({ rules: [{ type: ["llm.#"], max_age_days: 5 }], archive: false });
    const broken: unknown[] = [];
    for (let i = 0; i < 8; i++) broken.push((await store.verifyAudit()).broken);
    verified = true;
    await recording;
    expect(await removing).toMatchObject({ removed: 4_000 });
    expect(broken).toEqual(Array(8).fill(undefined));
    expect(await store.verifyAudit()).toMatchObject({
      intact: true,
      removed: 4_000,
      verified: before + 50 * round,
    });
  });
});

const tampering: readonly (readonly [string, string, object])[] = [
  [
    "an altered body",
    "UPDATE events SET body = x'7b7d' WHERE position = 57",
    { position: 57, kind: "altered" },
  ],
  [
    "an altered time",
    "UPDATE events SET received = received + 1 WHERE position = 57",
    { position: 57, kind: "altered" },
  ],
  ["an altered verdict", "UPDATE classes SET valid = 0", { position: 1, kind: "altered" }],
  ["an altered source", "UPDATE classes SET app = 'someone else'", { position: 1, kind: "altered" }],
  ["a removed event", "DELETE FROM events WHERE position = 57", { position: 57, kind: "removed" }],
  ["a removed end", "DELETE FROM events WHERE position > 90", { position: 91, kind: "removed" }],
  [
    "a removed end, and the head with it",
    `DELETE FROM events WHERE position > 4090;
     UPDATE head SET position = 4090, link = (SELECT link FROM events WHERE position = 4090)`,
    { position: 4_091, kind: "removed" },
  ],
  [
    "an inserted event",
    `INSERT INTO events SELECT 5001, x'00112233445566778899aabbccddeeff', class, received, facts, link, body
     FROM events WHERE position = 57`,
    { position: 5_001, kind: "inserted" },
  ],
  [
    "two exchanged events",
    `UPDATE events SET body = (SELECT body FROM events WHERE position = 58) WHERE position = 57`,
    { position: 57, kind: "altered" },
  ],
];

for (const engine of [sqlite, postgres])
  it.skipIf(!engine.available).each(tampering)(`finds %s (${engine.name})`, async (_title, sql, broken) => {
    const place = await engine.place();
    try {
      const store = await openStore({ ...place.options, contracts: false, indexing: false });
      const count = sql.includes("4090") ? 4_200 : sql.includes("5001") ? 5_000 : 100;
      for (let made = 0; made < count; made += 100) await store.append(many(100));
      await store.close();
      await place.tamper(sql);
      const again = await openStore({ ...place.options, indexing: false });
      const report = await again.verifyAudit().finally(() => again.close());
      expect(report.intact).toBe(false);
      expect(report.broken).toMatchObject(broken);
    } finally {
      await place.remove();
    }
  });
