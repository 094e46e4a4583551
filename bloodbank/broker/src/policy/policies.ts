/** All policies, and which of them holds for a name: of those that match, the one with the highest priority, one of each kind. */
import { compilePattern } from "../access/permissions.js";
import { type Records, Shelf } from "../access/records.js";
import { appliesTo, type Policy, type PolicyKind, type Target } from "./policy.js";
import { SETTINGS } from "./settings.js";

/** What holds for a queue or exchange. */
export interface EffectivePolicy {
  readonly policy: string | undefined;
  readonly operatorPolicy: string | undefined;
  /** Both joined, the least of what both limit. Empty where nothing holds. */
  readonly definition: Readonly<Record<string, unknown>>;
}

export class Policies {
  readonly #shelves: Readonly<Record<PolicyKind, Shelf<Policy>>>;
  readonly #patterns = new Map<string, RegExp | null>();
  readonly #changed: (vhost: string) => void;

  /** `changed` is called after each change: whoever holds what `effective` gave for that virtual host asks anew. */
  constructor(records: Records, changed: (vhost: string) => void = () => undefined) {
    this.#shelves = {
      policy: new Shelf(records, "policy/"),
      "operator-policy": new Shelf(records, "operator-policy/"),
    };
    this.#changed = changed;
  }

  /** The policy must be faultless: see `faultOf`. */
  put(kind: PolicyKind, policy: Policy): void {
    this.#shelves[kind].set(policy, policy.vhost, policy.name);
    this.#changed(policy.vhost);
  }

  get(kind: PolicyKind, vhost: string, name: string): Policy | undefined {
    return this.#shelves[kind].get(vhost, name);
  }

  delete(kind: PolicyKind, vhost: string, name: string): boolean {
    const found = this.#shelves[kind].delete(vhost, name);
    if (found) this.#changed(vhost);
    return found;
  }

  list(kind: PolicyKind, vhost?: string): readonly Policy[] {
    return [...this.#shelves[kind]].filter((policy) => vhost === undefined || policy.vhost === vhost);
  }

  forgetVhost(vhost: string): void {
    for (const shelf of Object.values(this.#shelves)) shelf.sweep((policy) => policy.vhost === vhost);
  }

  effective(vhost: string, name: string, target: Target): EffectivePolicy {
    const policy = this.#highest("policy", vhost, name, target);
    const operator = this.#highest("operator-policy", vhost, name, target);
    return {
      policy: policy?.name,
      operatorPolicy: operator?.name,
      definition: joined(policy?.definition, operator?.definition),
    };
  }

  #highest(kind: PolicyKind, vhost: string, name: string, target: Target): Policy | undefined {
    let highest: Policy | undefined;
    for (const policy of this.#shelves[kind]) {
      if (policy.vhost !== vhost || !appliesTo(policy, target) || !this.#matches(policy.pattern, name))
        continue;
      if (highest === undefined || policy.priority > highest.priority) highest = policy;
    }
    return highest;
  }

  #matches(pattern: string, name: string): boolean {
    let expression = this.#patterns.get(pattern);
    if (expression === undefined) {
      expression = compilePattern(pattern);
      this.#patterns.set(pattern, expression);
    }
    return expression?.test(name) ?? false;
  }
}

const NOTHING: Readonly<Record<string, unknown>> = {};

function joined(
  policy: Policy["definition"] | undefined,
  operator: Policy["definition"] | undefined,
): Readonly<Record<string, unknown>> {
  if (operator === undefined) return policy ?? NOTHING;
  if (policy === undefined) return operator;
  const both: Record<string, unknown> = { ...policy, ...operator };
  for (const key of Object.keys(policy)) {
    const theirs = operator[key];
    const ours = policy[key];
    if (SETTINGS[key]?.limits && typeof ours === "number" && typeof theirs === "number")
      both[key] = Math.min(ours, theirs);
  }
  return both;
}
