/**
 * Which policies the broker should have so that what dies is kept with its reason, and stays, given what it has now. Pure.
 *
 * A policy per queue and not an argument at declaration: a foreign consumer declares its queue plainly, and would be
 * answered 406 if ours had arguments (docs/adr/0004). Only one policy holds for a queue, so one that an operator made
 * is taken up into ours where it says nothing of dead letters, and otherwise left alone and reported.
 */
import { deadLetterQueue } from "@33god/bloodbank";
import type { BindingInfo, Policy, QueueInfo } from "../management/answers.js";
import { isAuxiliary, retryOf } from "../observe/queue-kinds.js";
import { NEW_QUEUES_POLICY } from "./new-queues.js";

const POLICY_PREFIX = "bloodbank-dead-letters:";
/**
 * RabbitMQ 4 drops from a quorum queue, for good, what was given back twenty times, and looking at a dead letter gives it
 * back. A policy cannot say "no limit" (-1) on every version.
 */
const NO_LIMIT = 1_000_000_000;

/** What keeps a queue's dead letters. */
export type Keeping =
  /** Our policy. */
  | "policy"
  /** Our policy, with an operator's definition in it. */
  | "merged"
  /** An operator's policy that dead-letters already. */
  | "operator"
  /** The queue's own arguments. */
  | "arguments"
  /** An operator's policy that could not be understood; nothing was done. */
  | "reported";

export interface KeptQueue {
  readonly queue: string;
  readonly dead_letter_queue: string | null;
  readonly kept_by: Keeping;
  readonly policy?: string;
}

export type WantedPolicy = Omit<Policy, "vhost">;

export interface PolicyPlan {
  readonly kept: readonly KeptQueue[];
  readonly declare: readonly string[];
  readonly put: readonly WantedPolicy[];
  /** Names of our own policies that have no queue any more. */
  readonly remove: readonly string[];
}

export interface BrokerState {
  readonly exchange: string;
  readonly queues: readonly QueueInfo[];
  readonly bindings: readonly BindingInfo[];
  readonly policies: readonly Policy[];
  /** Queues of the registry's services, bound or not. */
  readonly registered: ReadonlySet<string>;
  /** Dead-letter queues that are not called by the rule. */
  readonly names: ReadonlyMap<string, string>;
}

export function planPolicies(state: BrokerState): PolicyPlan {
  const present = new Set(state.queues.map(({ name }) => name));
  const kept: KeptQueue[] = [];
  const put: WantedPolicy[] = [];
  const wanted = new Set<string>();
  const declare = new Set<string>();
  const want = (policy: WantedPolicy) => {
    wanted.add(policy.name);
    if (!state.policies.some((one) => isSame(one, policy))) put.push(policy);
  };
  for (const queue of state.queues.filter((candidate) => isKept(candidate, state))) {
    const dlq = state.names.get(queue.name) ?? deadLetterQueue(queue.name);
    const own = queue.arguments["x-dead-letter-exchange"];
    if (own !== undefined) {
      kept.push({
        queue: queue.name,
        dead_letter_queue: target(queue.arguments, "x-"),
        kept_by: "arguments",
      });
      continue;
    }
    const operator = strongest(queue, state.policies);
    if (operator === "unclear" || (operator && "dead-letter-exchange" in operator.definition)) {
      kept.push({
        queue: queue.name,
        dead_letter_queue: operator === "unclear" ? null : target(operator.definition, ""),
        kept_by: operator === "unclear" ? "reported" : "operator",
        ...(operator !== "unclear" && { policy: operator.name }),
      });
      continue;
    }
    const policy = policyFor(queue, dlq, operator);
    want(policy);
    if (!present.has(dlq)) declare.add(dlq);
    kept.push({
      queue: queue.name,
      dead_letter_queue: dlq,
      kept_by: operator ? "merged" : "policy",
      policy: policy.name,
    });
  }
  for (const queue of state.queues.filter((candidate) => isLookedAt(candidate, state))) {
    const operator = strongest(queue, state.policies);
    if (operator !== "unclear" && operator?.definition["delivery-limit"] === undefined)
      want(policyOver(queue.name, operator, { "delivery-limit": NO_LIMIT }));
  }
  const remove = state.policies
    .map(({ name }) => name)
    .filter((name) => name.startsWith(POLICY_PREFIX) && !wanted.has(name));
  return { kept, declare: [...declare], put, remove };
}

/** Registered ones, and every other durable queue that the events exchange feeds. */
function isKept({ name, durable, exclusive }: QueueInfo, state: BrokerState): boolean {
  if (!durable || exclusive === true || belongsToAnother(name, state)) return false;
  return (
    state.registered.has(name) ||
    state.bindings.some(
      ({ source, destination, destination_type }) =>
        source === state.exchange && destination === name && destination_type === "queue",
    )
  );
}

/** Quorum queues whose messages are looked at and given back, unless they were declared with a limit of their own. */
function isLookedAt({ name, type, arguments: own }: QueueInfo, state: BrokerState): boolean {
  const isForLetters = belongsToAnother(name, state) && retryOf(name) === undefined;
  return isForLetters && type === "quorum" && own["x-delivery-limit"] === undefined;
}

const belongsToAnother = (name: string, { names }: BrokerState): boolean =>
  isAuxiliary(name) || [...names.values()].includes(name);

/** The operator's policy that holds for the queue, were ours not there. */
function strongest(queue: QueueInfo, policies: readonly Policy[]): Policy | "unclear" | undefined {
  let best: Policy | undefined;
  for (const policy of policies) {
    if (isOurs(policy) || !appliesTo(policy, queue)) continue;
    const matches = matching(policy.pattern, queue.name);
    if (matches === undefined) return "unclear";
    if (matches && (best === undefined || policy.priority > best.priority)) best = policy;
  }
  return best;
}

const isOurs = ({ name }: Policy): boolean =>
  name.startsWith(POLICY_PREFIX) || name === NEW_QUEUES_POLICY.name;

function appliesTo({ "apply-to": to }: Policy, { type = "classic" }: QueueInfo): boolean {
  return to === "all" || to === "queues" || to === `${type}_queues`;
}

/** RabbitMQ's patterns are PCRE; `undefined` for one that JavaScript does not take. */
function matching(pattern: string, name: string): boolean | undefined {
  try {
    return new RegExp(pattern, "u").test(name);
  } catch {
    return undefined;
  }
}

export function policyFor(
  { name, type, arguments: own }: Pick<QueueInfo, "name" | "type"> & Partial<Pick<QueueInfo, "arguments">>,
  dlq: string,
  operator?: OperatorPolicy,
): WantedPolicy {
  const dies = { "dead-letter-exchange": "", "dead-letter-routing-key": dlq };
  if (type !== "quorum") return policyOver(name, operator, dies);
  const limited = operator?.definition["delivery-limit"] ?? own?.["x-delivery-limit"];
  return policyOver(name, operator, {
    ...dies,
    // Only quorum queues can promise that a dead letter arrives.
    "dead-letter-strategy": "at-least-once",
    overflow: "reject-publish",
    // Whoever handles its messages knows which of them is to blame; the broker counts all that a crash gave back.
    ...(limited === undefined && { "delivery-limit": NO_LIMIT }),
  });
}

type OperatorPolicy = Pick<Policy, "definition" | "priority">;

/** For one queue alone; the operator's holds on where `definition` says nothing. */
function policyOver(queue: string, operator: OperatorPolicy | undefined, definition: object): WantedPolicy {
  return {
    name: `${POLICY_PREFIX}${queue}`,
    pattern: `^${queue.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&")}$`,
    "apply-to": "queues",
    priority: operator ? operator.priority + 1 : 0,
    definition: { ...operator?.definition, ...definition },
  };
}

function isSame(policy: Policy, wanted: WantedPolicy): boolean {
  const { vhost: _vhost, ...rest } = policy;
  const sorted = (value: object) =>
    JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  return (
    rest.name === wanted.name &&
    rest.pattern === wanted.pattern &&
    rest["apply-to"] === wanted["apply-to"] &&
    rest.priority === wanted.priority &&
    sorted(rest.definition) === sorted(wanted.definition)
  );
}

function target(facts: Readonly<Record<string, unknown>>, prefix: string): string | null {
  const key = facts[`${prefix}dead-letter-routing-key`];
  return facts[`${prefix}dead-letter-exchange`] === "" && typeof key === "string" ? key : null;
}
