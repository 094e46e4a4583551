/** What a reader of PostgreSQL remembers, where many questions come at once. */
import pg from "pg";
import { expect, it } from "vitest";
import { openStore } from "../src/index.js";
import { clientOptions } from "../src/postgres/connection.js";
import { PostgresKnowledge } from "../src/postgres/knowledge.js";
import { delivery } from "./support/deliveries.js";
import { postgres } from "./support/engines.js";

it.skipIf(!postgres.available)("an answer that comes late takes nothing back (PostgreSQL)", async () => {
  const place = await postgres.place();
  const store = await openStore({ ...place.options, indexing: false });
  const pool = new pg.Pool(clientOptions(place.options, "reader"));
  try {
    await store.append([delivery()]);
    let arrive = () => {};
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    let asked = 0;
    let allAsked = () => {};
    const held = new Promise<void>((resolve) => {
      allAsked = resolve;
    });
    // The head at once; classes and blocks are read, and their answers held.
    const late = {
      query: async (text: string, values?: unknown[]) => {
        const answer = await pool.query(text, values);
        if (++asked === 3) allAsked();
        if (asked > 1) await arrived;
        return answer;
      },
    } as unknown as pg.Pool;
    const knowledge = new PostgresKnowledge();
    const first = knowledge.refresh(late);
    await held;
    await store.append([delivery({ type: "llm.prompt" })]);
    await knowledge.refresh(pool);
    arrive();
    await first;
    expect(knowledge.position).toBe(2);
    expect([...knowledge.classes].map(({ type }) => type)).toEqual(["artifact.created", "llm.prompt"]);
  } finally {
    await pool.end();
    await store.close();
    await place.remove();
  }
});
