import { describe, expect, it } from "vitest";
import { faultOf, Policies, type Policy } from "../../src/policy/index.js";
import { MemoryRecords } from "../access/memory-records.js";

const policy = (more: Partial<Policy>): Policy => ({
  vhost: "/",
  name: "p",
  pattern: ".*",
  applyTo: "all",
  priority: 0,
  definition: { "max-length": 5 },
  ...more,
});

describe("policies", () => {
  it("hold by the highest priority among those that match name and kind", () => {
    const policies = new Policies(new MemoryRecords());
    policies.put("policy", policy({ name: "low", definition: { expires: 1 } }));
    policies.put("policy", policy({ name: "high", pattern: "^a", priority: 9, applyTo: "queues" }));
    policies.put("policy", policy({ name: "quorum", pattern: "^a", priority: 10, applyTo: "quorum_queues" }));
    policies.put("policy", policy({ name: "elsewhere", vhost: "v", priority: 99 }));
    expect(policies.effective("/", "abc", "classic").policy).toBe("high");
    expect(policies.effective("/", "abc", "quorum").policy).toBe("quorum");
    expect(policies.effective("/", "abc", "exchange").policy).toBe("low");
    expect(policies.effective("/", "xyz", "classic").policy).toBe("low");
    policies.delete("policy", "/", "low");
    expect(policies.effective("/", "xyz", "classic")).toEqual({
      policy: undefined,
      operatorPolicy: undefined,
      definition: {},
    });
  });

  it("of operators limit what users set, and never the other way round", () => {
    const policies = new Policies(new MemoryRecords());
    policies.put(
      "policy",
      policy({ definition: { "max-length": 5, "message-ttl": 900, overflow: "drop-head" } }),
    );
    policies.put(
      "operator-policy",
      policy({ name: "op", definition: { "max-length": 50, "message-ttl": 100 } }),
    );
    expect(policies.effective("/", "q", "classic")).toEqual({
      policy: "p",
      operatorPolicy: "op",
      definition: { "max-length": 5, "message-ttl": 100, overflow: "drop-head" },
    });
  });

  it("tell who holds them when they change, and outlive a restart", () => {
    const records = new MemoryRecords();
    const changes: string[] = [];
    const policies = new Policies(records, (vhost) => changes.push(vhost));
    policies.put("policy", policy({ vhost: "v" }));
    policies.delete("policy", "v", "nothing");
    expect(changes).toEqual(["v"]);
    expect(new Policies(records).list("policy", "v")).toEqual([policy({ vhost: "v" })]);
  });

  it.each<[Partial<Policy>, string]>([
    [{ definition: {} }, "no policy provided"],
    [{ definition: { foo: 1 } }, '[{<<"foo">>,1}] are not recognised policy settings'],
    [{ definition: { "message-ttl": "a" } }, '<<"a">> is not a valid message TTL'],
    [{ definition: { expires: 0 } }, "0 is not a valid queue expiry"],
    [{ definition: { overflow: "bad" } }, '<<"bad">> is not a valid overflow value'],
    [{ applyTo: "bad" as "all" }, "apply-to 'bad' unrecognised; should be 'queues', 'exchanges' or 'all'"],
    [{ priority: "x" as unknown as number }, 'priority should be a number, actually was <<"x">>'],
    [{ pattern: "(" }, "pattern should be regular expression but is invalid"],
  ])("%j are refused in RabbitMQ's words", (wrong, words) => {
    expect(faultOf("policy", policy(wrong))).toContain(words);
  });

  it("of operators may set limits alone", () => {
    expect(faultOf("operator-policy", policy({ definition: { "dead-letter-exchange": "x" } }))).toContain(
      "not recognised",
    );
    expect(faultOf("operator-policy", policy({}))).toBeUndefined();
  });
});
