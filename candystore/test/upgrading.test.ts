/** A store of an earlier version goes on in the newest. */

import path from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { expect, test } from "vitest";
import { openStore } from "../src/index.js";
import { many } from "./support/deliveries.js";
import { sqlite } from "./support/engines.js";

const BACK_TO_2 = `
  DROP VIEW all_ids; DROP VIEW all_links;
  INSERT INTO links SELECT * FROM recent_links UNION ALL SELECT * FROM new_links;
  DROP TABLE ids; DROP TABLE recent_ids; DROP TABLE new_ids;
  DROP TABLE recent_links; DROP TABLE new_links; DROP TABLE prints;
  CREATE UNIQUE INDEX events_id ON events (id);
  PRAGMA user_version = 2;
`;

test("a SQLite store with an index on classes gets the classes of each block in its place", async () => {
  const place = await sqlite.place();
  const types = ["artifact.created", "artifact.updated", "llm.prompt"];
  const made = many(2_500, (i) => ({
    type: types[i % types.length]!,
    at: Date.parse("2026-11-20T00:00:00Z") + i,
  }));
  try {
    const before = await openStore(place.options);
    await before.append(made);
    const counted = await before.count({ type: ["artifact.*"] });
    await before.close();
    await place.tamper(
      `${BACK_TO_2} DROP TABLE members; CREATE INDEX events_class ON events (class); PRAGMA user_version = 1`,
    );
    const after = await openStore(place.options);
    expect(await after.count({ type: ["artifact.*"] })).toEqual(counted);
    const found = await after.after(0, 2_500, { type: ["llm.*"], since: "2026-11-20T00:00:01Z" });
    expect(found.map(({ position }) => position)).toEqual(
      made.flatMap((_, i) => (i % 3 === 2 && i >= 1_000 ? [i + 1] : [])),
    );
    await after.append(many(10, () => ({ type: "llm.prompt" })));
    expect((await after.count({ type: ["llm.prompt"] })).total).toBe(833 + 10);
    expect((await after.find({ type: ["llm.prompt"] }, { limit: 1 })).events[0]?.position).toBe(2_510);
    expect(await after.verifyAudit()).toMatchObject({ intact: true });
    await after.close();
    const file = new DatabaseSync(path.join(place.options.dataDir, "candystore.sqlite"));
    expect(file.prepare("SELECT name FROM sqlite_schema WHERE name = 'events_class'").all()).toEqual([]);
    file.close();
  } finally {
    await place.remove();
  }
});

test("a SQLite store with an index on ids goes on with tables of ids, and knows all of them again", async () => {
  const place = await sqlite.place();
  const [cause] = many(1);
  const made = [
    cause!,
    ...many(1_500, () => ({ causes: [cause!.id] })),
    ...many(1, () => ({ id: "no UUID" })),
  ];
  try {
    const before = await openStore(place.options);
    await before.append(made);
    await before.close();
    await place.tamper(BACK_TO_2);
    const after = await openStore(place.options);
    expect(await after.append([...made, ...many(1)])).toMatchObject({ stored: 1, duplicates: 1_502 });
    for (const at of [0, 700, 1_501])
      expect(await after.get(made[at]!.id)).toMatchObject({ position: at + 1, duplicates: 1 });
    expect((await after.trace(cause!.id))?.nodes.length).toBe(1_501);
    expect(await after.verifyAudit()).toMatchObject({ intact: true, verified: 1_503 });
    await after.close();
    const file = new DatabaseSync(path.join(place.options.dataDir, "candystore.sqlite"));
    expect(file.prepare("SELECT name FROM sqlite_schema WHERE name = 'events_id'").all()).toEqual([]);
    file.close();
  } finally {
    await place.remove();
  }
});
