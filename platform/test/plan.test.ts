/** Which dead-letter policies the broker should have, decided without one. */
import { expect, test } from "vitest";
import { NEW_QUEUES_POLICY } from "../src/dead-letters/new-queues.js";
import { type BrokerState, planPolicies } from "../src/dead-letters/plan.js";
import type { Policy, QueueInfo } from "../src/management/answers.js";

const queue = (name: string, more: Partial<QueueInfo> = {}): QueueInfo => ({
  name,
  vhost: "/",
  durable: true,
  auto_delete: false,
  type: "classic",
  arguments: {},
  ...more,
});
const policy = (name: string, pattern: string, definition: object, more: Partial<Policy> = {}): Policy => ({
  name,
  vhost: "/",
  pattern,
  "apply-to": "queues",
  priority: 0,
  definition: definition as Record<string, unknown>,
  ...more,
});
const plan = (state: Partial<BrokerState>) =>
  planPolicies({
    exchange: "events",
    queues: [],
    bindings: (state.queues ?? []).map(({ name }) => ({
      source: "events",
      destination: name,
      destination_type: "queue",
      routing_key: "#",
    })),
    policies: [],
    registered: new Set(),
    names: new Map([["store", "store_dlq"]]),
    ...state,
  });

test("a plain durable queue that gets events has a dead-letter queue and a policy of its own", () => {
  const { declare, put, kept } = plan({ queues: [queue("services.a+b")] });
  expect(declare).toEqual(["services.a+b.dlq"]);
  expect(put).toEqual([
    {
      name: "bloodbank-dead-letters:services.a+b",
      pattern: "^services\\.a\\+b$",
      "apply-to": "queues",
      priority: 0,
      definition: { "dead-letter-exchange": "", "dead-letter-routing-key": "services.a+b.dlq" },
    },
  ]);
  expect(kept).toMatchObject([{ kept_by: "policy" }]);
});

test("what is in order is left alone", () => {
  const queues = [queue("q"), queue("q.dlq")];
  const [put] = plan({ queues }).put;
  const again = plan({ queues, policies: [{ vhost: "/", ...(put as Omit<Policy, "vhost">) }] });
  expect(again).toMatchObject({ declare: [], put: [], remove: [] });
});

test("the store's queue dead-letters into the queue that its variable names; a quorum queue at least once", () => {
  const { put, declare } = plan({ queues: [queue("store", { type: "quorum" })] });
  expect(declare).toEqual(["store_dlq"]);
  expect(put[0]?.definition).toEqual({
    "dead-letter-exchange": "",
    "dead-letter-routing-key": "store_dlq",
    "dead-letter-strategy": "at-least-once",
    overflow: "reject-publish",
    "delivery-limit": 1_000_000_000,
  });
});

test("a quorum queue gives nothing up for having been given back, unless it was told to", () => {
  const quorum = (name: string, own = {}) => queue(name, { type: "quorum", arguments: own });
  const definitions = (state: Partial<BrokerState>) =>
    Object.fromEntries(plan(state).put.map(({ name, definition }) => [name.split(":")[1], definition]));
  const unlimited = { "delivery-limit": 1_000_000_000 };
  const queues = [
    ...["a.dlq", "a.suspects", "store_dlq"].map((name) => quorum(name)),
    quorum("b.dlq", { "x-delivery-limit": -1 }),
    quorum("a.retry.1s"),
    queue("classic.dlq"),
  ];
  const looked = { "a.dlq": unlimited, "a.suspects": unlimited, store_dlq: unlimited };
  expect(definitions({ queues, bindings: [] })).toEqual(looked);
  expect(definitions({ queues: [quorum("q", { "x-delivery-limit": -1 })] }).q).not.toHaveProperty(
    "delivery-limit",
  );

  const lengths = policy("lengths", "dlq$", { "max-length": 10 }, { priority: 3 });
  const merged = plan({ queues: [quorum("a.dlq")], bindings: [], policies: [lengths] });
  expect(merged.put).toMatchObject([{ priority: 4, definition: { "max-length": 10, ...unlimited } }]);
  const policies = [lengths, ...merged.put.map((put) => ({ vhost: "/", ...put }))];
  expect(plan({ queues: [quorum("a.dlq")], bindings: [], policies })).toMatchObject({ put: [], remove: [] });

  const limit = policy("limit", ".*", { "delivery-limit": 5 }, { priority: 3 });
  expect(definitions({ queues: [quorum("a.dlq"), quorum("q")], policies: [limit] })).toMatchObject({
    q: { "delivery-limit": 5 },
  });
  expect(plan({ queues: [quorum("a.dlq")], bindings: [], policies: [limit] }).put).toEqual([]);
  const unclear = policy("unclear", "(?<!x)(?R)", { "max-length": 1 });
  expect(plan({ queues: [quorum("a.dlq")], bindings: [], policies: [unclear] }).put).toEqual([]);
});

test("transient, exclusive, retry and dead-letter queues, and queues that get no events, get none", () => {
  const { kept } = plan({
    queues: [
      queue("transient", { durable: false }),
      queue("mine", { exclusive: true }),
      queue("a.retry.1s"),
      queue("a.dlq"),
      queue("store_dlq"),
    ],
  });
  expect(kept).toEqual([]);
  expect(plan({ queues: [queue("unbound")], bindings: [] }).kept).toEqual([]);
  expect(
    plan({ queues: [queue("unbound")], bindings: [], registered: new Set(["unbound"]) }).kept,
  ).toHaveLength(1);
});

test("a queue with dead-letter arguments gets no policy, and one that it had is taken away", () => {
  const own = queue("q", {
    arguments: { "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "my_dlq" },
  });
  const { put, remove, kept } = plan({
    queues: [own],
    policies: [policy("bloodbank-dead-letters:q", "^q$", { "dead-letter-exchange": "" })],
  });
  expect(put).toEqual([]);
  expect(remove).toEqual(["bloodbank-dead-letters:q"]);
  expect(kept).toEqual([{ queue: "q", dead_letter_queue: "my_dlq", kept_by: "arguments" }]);
});

test("an operator's policy that dead-letters is never overruled; one that does not is taken up, and followed", () => {
  const dead = policy("ops", "^q", { "dead-letter-exchange": "", "dead-letter-routing-key": "ops_dlq" });
  expect(plan({ queues: [queue("q")], policies: [dead] })).toMatchObject({
    put: [],
    kept: [{ kept_by: "operator", dead_letter_queue: "ops_dlq", policy: "ops" }],
  });
  const limits = policy("limits", ".*", { "max-length": 10 }, { priority: 5, "apply-to": "all" });
  const weaker = policy("weaker", ".*", { "max-length": 99 }, { priority: 1 });
  const merged = plan({ queues: [queue("q")], policies: [weaker, limits] });
  expect(merged.kept).toMatchObject([{ kept_by: "merged" }]);
  expect(merged.put[0]).toMatchObject({
    priority: 6,
    definition: { "max-length": 10, "dead-letter-exchange": "" },
  });
  const exchanges = policy("ex", ".*", { "dead-letter-exchange": "x" }, { "apply-to": "exchanges" });
  expect(plan({ queues: [queue("q")], policies: [exchanges] }).kept).toMatchObject([{ kept_by: "policy" }]);
});

test("a pattern that cannot be understood here is the operator's matter", () => {
  const { put, kept } = plan({ queues: [queue("q")], policies: [policy("ops", "(?<=a", {})] });
  expect(put).toEqual([]);
  expect(kept).toMatchObject([{ kept_by: "reported", dead_letter_queue: null }]);
});

test("the policy for queues that were not seen yet gives way to any other, and never holds for a queue of another queue", () => {
  const matches = (name: string) => new RegExp(NEW_QUEUES_POLICY.pattern, "u").test(name);
  expect(["services.a", "services.a.retry", "services.a.dlq.b"].map(matches)).toEqual([true, true, true]);
  expect(
    ["services.a.dlq", "services.a.suspects", "services.a.retry.30s", "other", "my.services.a"].map(matches),
  ).toEqual([false, false, false, false, false]);
  const policies = [
    policy("limits", ".*", { "max-length": 10 }, { priority: -5 }),
    { vhost: "/", ...NEW_QUEUES_POLICY },
  ];
  const { put, remove, kept } = plan({ queues: [queue("services.a")], policies });
  expect(kept).toMatchObject([{ kept_by: "merged" }]);
  expect(put[0]?.priority).toBeGreaterThan(NEW_QUEUES_POLICY.priority);
  expect(remove).toEqual([]);
  expect(NEW_QUEUES_POLICY.definition).not.toHaveProperty("dead-letter-routing-key");
});
