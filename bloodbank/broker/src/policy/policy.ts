/** A policy: settings for every queue or exchange of a virtual host whose name matches. */
import { compilePattern } from "../access/permissions.js";
import { SETTINGS } from "./settings.js";

/** RabbitMQ 3.10 knows the first three; the others narrow `queues` to a type, as later versions do. */
export const APPLY_TO = ["all", "exchanges", "queues", "classic_queues", "quorum_queues"] as const;
export type ApplyTo = (typeof APPLY_TO)[number];

/** Operator policies only limit, and cannot be overruled by users. */
export type PolicyKind = "policy" | "operator-policy";

export interface Policy {
  readonly vhost: string;
  readonly name: string;
  readonly pattern: string;
  readonly applyTo: ApplyTo;
  readonly priority: number;
  readonly definition: Readonly<Record<string, unknown>>;
}

/** What a policy may apply to. */
export type Target = "exchange" | "classic" | "quorum";

/** What is wrong with a policy, in RabbitMQ's words; undefined if nothing is. */
export function faultOf(kind: PolicyKind, policy: Policy): string | undefined {
  const { pattern, applyTo, priority, definition } = policy;
  if (compilePattern(pattern) === null)
    return `pattern should be regular expression but is invalid: ${JSON.stringify(pattern)}`;
  if (typeof priority !== "number") return `priority should be a number, actually was ${printed(priority)}`;
  if (!APPLY_TO.includes(applyTo))
    return `apply-to '${applyTo}' unrecognised; should be 'queues', 'exchanges' or 'all'`;
  const keys = Object.keys(definition);
  if (keys.length === 0) return "no policy provided";
  const unknown = keys.filter((key) => !isKnown(kind, key));
  if (unknown.length > 0) {
    const listed = unknown.map((key) => `{<<"${key}">>,${printed(definition[key])}}`).join(",");
    return `[${listed}] are not recognised policy settings`;
  }
  for (const key of keys) {
    const setting = SETTINGS[key];
    if (setting !== undefined && !setting.accepts(definition[key]))
      return `${printed(definition[key])} is not a valid ${setting.noun}`;
  }
  return undefined;
}

export function appliesTo(policy: Policy, target: Target): boolean {
  switch (policy.applyTo) {
    case "all":
      return true;
    case "exchanges":
      return target === "exchange";
    case "queues":
      return target !== "exchange";
    case "classic_queues":
      return target === "classic";
    case "quorum_queues":
      return target === "quorum";
  }
}

function isKnown(kind: PolicyKind, key: string): boolean {
  const setting = Object.hasOwn(SETTINGS, key) ? SETTINGS[key] : undefined;
  return setting !== undefined && (kind === "policy" || setting.limits);
}

function printed(value: unknown): string {
  return typeof value === "string" ? `<<"${value}">>` : JSON.stringify(value);
}
