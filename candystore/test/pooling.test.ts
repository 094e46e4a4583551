/** A pooler between the store and PostgreSQL: one that keeps sessions is as good as none, any other is refused. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../../bloodbank/client/test/support/eventually.js";
import { openStore } from "../src/index.js";
import { many } from "./support/deliveries.js";
import { postgres, type TestPlace } from "./support/engines.js";
import { type Pooler, startPooler } from "./support/pooler.js";

describe.skipIf(!postgres.available)("a pooler before PostgreSQL (TEST_DATABASE_URL)", () => {
  let place: TestPlace;
  let pooler: Pooler | undefined;
  beforeEach(async () => {
    place = await postgres.place();
  });
  afterEach(async () => {
    await pooler?.close();
    await place.remove();
  });
  const through = async (mode: "session" | "transaction") => {
    pooler = await startPooler(place.options.databaseUrl ?? "", mode);
    return { ...place.options, databaseUrl: pooler.url };
  };

  it("that lends sessions serves it as PostgreSQL itself", async () => {
    const store = await openStore(await through("session"));
    await store.append(many(50));
    expect(await store.position()).toBe(50);
    expect((await store.find({}, { limit: 10 })).events).toHaveLength(10);
    await eventually(async () => (await store.stats()).indexed === 50, "the index");
    expect(await store.verifyAudit()).toMatchObject({ intact: true, verified: 50 });
    await store.close();
  });

  it("that lends transactions is refused before anything is written", async () => {
    await expect(openStore(await through("transaction"))).rejects.toMatchObject({
      code: "STORE_POOLED",
      message: expect.stringContaining("pool_mode = session"),
    });
    const store = await openStore(place.options);
    expect(await store.position()).toBe(0);
    await store.close();
  });
});
