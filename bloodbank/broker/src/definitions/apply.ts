/**
 * A RabbitMQ definitions file applied: users, virtual hosts, permissions, policies, exchanges, queues and bindings, in that
 * order, each as if it had been declared. What is there already stays; users and policies are replaced. Stops at the first
 * definition that cannot be applied, and names it; those before it are in force.
 */
import { compilePattern, isHashingAlgorithm } from "../access/index.js";
import { BrokerError } from "../errors.js";
import type { ManagedBroker } from "../management/contract.js";
import {
  exchangeDeclaration,
  policyOf,
  queueDeclaration,
  secretOf,
  table,
  tagsOf,
  text,
} from "../management/declarations.js";
import { faultOf, type PolicyKind } from "../policy/index.js";

type Row = Readonly<Record<string, unknown>>;
type Apply = (broker: ManagedBroker, row: Row, vhost: string) => void;

/** `only`: a file of one virtual host, whose rows do not name it. */
export function applyDefinitions(broker: ManagedBroker, definitions: unknown, only?: string): void {
  if (typeof definitions !== "object" || definitions === null || Array.isArray(definitions))
    throw new BrokerError("DEFINITIONS_INVALID", "Definitions must be a JSON object.");
  for (const [section, apply] of SECTIONS) {
    if (only !== undefined && !TOPOLOGY.has(section)) continue;
    const rows = (definitions as Row)[section] ?? [];
    if (!Array.isArray(rows))
      throw new BrokerError("DEFINITIONS_INVALID", `Definitions: ${section} must be a list.`);
    for (const [index, row] of rows.entries()) {
      try {
        if (typeof row !== "object" || row === null) throw new Error("must be an object");
        const vhost = only ?? (TOPOLOGY.has(section) ? existing(broker, row as Row) : "");
        apply(broker, row as Row, vhost);
      } catch (error) {
        const words = error instanceof Error ? error.message : String(error);
        const name = String((row as Row | null)?.name ?? "");
        throw new BrokerError(
          "DEFINITIONS_INVALID",
          `Definitions: ${section}[${index}]${name === "" ? "" : ` (${name})`}: ${words}`,
          { cause: error },
        );
      }
    }
  }
}

const SECTIONS: readonly (readonly [string, Apply])[] = [
  ["users", applyUser],
  ["vhosts", applyVhost],
  ["permissions", applyPermission],
  ["topic_permissions", applyTopicPermission],
  ["parameters", applyParameter],
  ["policies", (broker, row, vhost) => applyPolicy(broker, "policy", vhost, text(row, "name"), row)],
  [
    "exchanges",
    (broker, row, vhost) => broker.declareExchange(exchangeDeclaration(vhost, text(row, "name"), row)),
  ],
  ["queues", (broker, row, vhost) => broker.declareQueue(queueDeclaration(vhost, text(row, "name"), row))],
  ["bindings", applyBinding],
];

const TOPOLOGY = new Set(["parameters", "policies", "exchanges", "queues", "bindings"]);

function existing(broker: ManagedBroker, row: Row): string {
  const vhost = text(row, "vhost", "/");
  if (!broker.vhosts().some(({ name }) => name === vhost))
    throw new Error(`there is no virtual host '${vhost}'`);
  return vhost;
}

function applyUser(broker: ManagedBroker, row: Row): void {
  const algorithm = text(row, "hashing_algorithm", "rabbit_password_hashing_sha256");
  if (!isHashingAlgorithm(algorithm)) throw new Error(`unknown hashing algorithm ${algorithm}`);
  broker.access.users.put(
    text(row, "name"),
    { ...secretOf(row), hashingAlgorithm: algorithm },
    tagsOf(row.tags),
  );
}

function applyVhost(broker: ManagedBroker, row: Row): void {
  const metadata = (row.metadata ?? row) as Row;
  broker.putVhost(text(row, "name"), {
    description: text(metadata, "description"),
    tags: tagsOf(metadata.tags),
  });
}

function applyPermission(broker: ManagedBroker, row: Row): void {
  broker.access.permissions.set({
    user: text(row, "user"),
    vhost: text(row, "vhost", "/"),
    configure: pattern(row, "configure"),
    write: pattern(row, "write"),
    read: pattern(row, "read"),
  });
}

function applyTopicPermission(broker: ManagedBroker, row: Row): void {
  broker.access.permissions.setTopic({
    user: text(row, "user"),
    vhost: text(row, "vhost", "/"),
    exchange: text(row, "exchange"),
    write: pattern(row, "write"),
    read: pattern(row, "read"),
  });
}

/** Operator policies are kept as parameters; other components belong to plugins that are not here, and are passed over. */
function applyParameter(broker: ManagedBroker, row: Row, vhost: string): void {
  if (row.component !== "operator_policy") return;
  applyPolicy(broker, "operator-policy", vhost, text(row, "name"), row.value as Row);
}

function applyPolicy(broker: ManagedBroker, kind: PolicyKind, vhost: string, name: string, value: Row): void {
  const policy = policyOf(vhost, name, value);
  const fault = faultOf(kind, policy);
  if (fault !== undefined) throw new Error(fault);
  broker.policies.put(kind, policy);
}

function applyBinding(broker: ManagedBroker, row: Row, vhost: string): void {
  broker.bind({
    vhost,
    source: text(row, "source"),
    destination: text(row, "destination"),
    destinationType: row.destination_type === "exchange" ? "exchange" : "queue",
    routingKey: text(row, "routing_key"),
    arguments: table(row),
  });
}

function pattern(row: Row, right: string): string {
  const value = text(row, right);
  if (compilePattern(value) === null) throw new Error(`${right} is no regular expression: ${value}`);
  return value;
}
