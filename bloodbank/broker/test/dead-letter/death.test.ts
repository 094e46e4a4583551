import { describe, expect, it } from "vitest";
import { type Death, deadLetter, isCycle } from "../../src/dead-letter/index.js";
import { jsonTable, tableOf } from "../../src/wire/plain.js";
import type { ContentProperties } from "../../src/wire/properties.js";
import { EMPTY_TABLE } from "../../src/wire/table.js";

const death = (more: Partial<Death> = {}): Death => ({
  queue: "src",
  reason: "rejected",
  time: 1_795_532_976_400,
  exchange: "",
  routingKey: "src",
  newRoutingKey: undefined,
  ...more,
});

describe("a dead letter", () => {
  it("tells where, why and when it died, and no longer expires", () => {
    const { properties, routingKeys } = deadLetter(
      { expiration: "50000", deliveryMode: 2, headers: tableOf({ CC: ["cc1"], foo: 1 }) },
      death(),
    );
    expect(properties.expiration).toBeUndefined();
    expect(properties.deliveryMode).toBe(2);
    expect(routingKeys).toEqual(["src", "cc1"]);
    // What RabbitMQ 3.10.8 wrote for the same message.
    expect(jsonTable(properties.headers ?? EMPTY_TABLE)).toEqual({
      CC: ["cc1"],
      foo: 1,
      "x-death": [
        {
          count: 1,
          reason: "rejected",
          queue: "src",
          time: 1_795_532_976,
          exchange: "",
          "routing-keys": ["src", "cc1"],
          "original-expiration": "50000",
        },
      ],
      "x-first-death-exchange": "",
      "x-first-death-queue": "src",
      "x-first-death-reason": "rejected",
    });
  });

  it("is counted up where it died before, and keeps the time of the first death there", () => {
    const once = deadLetter({}, death());
    const twice = deadLetter(once.properties, death({ time: 1_795_532_999_000 }));
    expect(jsonTable(twice.properties.headers ?? EMPTY_TABLE)["x-death"]).toEqual([
      {
        count: 2,
        exchange: "",
        queue: "src",
        reason: "rejected",
        "routing-keys": ["src"],
        time: 1_795_532_976,
      },
    ]);
  });

  it("has its latest queue first and its first death on record for ever", () => {
    const one = deadLetter({}, death());
    const two = deadLetter(one.properties, death({ queue: "retry", reason: "expired" }));
    const three = deadLetter(two.properties, death());
    const headers = jsonTable(three.properties.headers ?? EMPTY_TABLE);
    expect(headers["x-death"]).toMatchObject([
      { queue: "src", reason: "rejected", count: 2 },
      { queue: "retry", reason: "expired", count: 1 },
    ]);
    expect(headers["x-first-death-queue"]).toBe("src");
  });

  it("goes where the queue's own routing key says, and then loses its copies", () => {
    const { properties, routingKeys } = deadLetter(
      { headers: tableOf({ CC: ["cc1"] }) },
      death({ newRoutingKey: "newkey" }),
    );
    expect(routingKeys).toEqual(["newkey"]);
    expect(properties.headers?.has("CC")).toBe(false);
    expect(jsonTable(properties.headers ?? EMPTY_TABLE)["x-death"]).toMatchObject([
      { "routing-keys": ["src", "cc1"] },
    ]);
  });

  it("survives a header x-death that somebody made up", () => {
    const { properties } = deadLetter({ headers: tableOf({ "x-death": "bad" }) }, death());
    expect(Object.keys(jsonTable(properties.headers ?? EMPTY_TABLE))).toEqual(["x-death"]);
    const empty = deadLetter({ headers: tableOf({ "x-death": [] }) }, death());
    expect(jsonTable(empty.properties.headers ?? EMPTY_TABLE)["x-death"]).toHaveLength(1);
  });
});

describe("a cycle", () => {
  const after = (...deaths: readonly Partial<Death>[]) =>
    deaths.reduce<ContentProperties>((properties, one) => deadLetter(properties, death(one)).properties, {})
      .headers ?? EMPTY_TABLE;

  it("is a return, by itself, to a queue where the message died", () => {
    const headers = after({ queue: "a", reason: "expired" }, { queue: "b", reason: "expired" });
    expect(isCycle(headers, "a")).toBe(true);
    expect(isCycle(headers, "b")).toBe(true);
    expect(isCycle(headers, "c")).toBe(false);
    expect(isCycle(EMPTY_TABLE, "a")).toBe(false);
  });

  it("is none if somebody rejected the message on the way", () => {
    const headers = after({ queue: "work", reason: "rejected" }, { queue: "retry", reason: "expired" });
    expect(isCycle(headers, "work")).toBe(false);
  });
});
