/**
 * Every variable there is: `bb config`, the check of unknown names and the reference page are made from this table.
 * A variable marked `secret` is never shown; one whose value is an address is shown without its password.
 */

export interface Variable {
  readonly description: string;
  readonly fallback?: string;
  readonly secret?: boolean;
}

export const VARIABLES = {
  RABBITMQ_URL: {
    description:
      "The bus: an AMQP address, or several of a cluster with commas between. Not set: the embedded broker.",
  },
  RABBITMQ_MANAGEMENT_URL: {
    description:
      "RabbitMQ's management API, or those of several nodes with commas between. Not set: port 15672 of RABBITMQ_URL's hosts.",
  },
  DATABASE_URL: {
    description: "The event store: a PostgreSQL address. Not set: SQLite in the data directory.",
  },
  BLOODBANK_EXCHANGE: { description: "The events exchange.", fallback: "bloodbank.events.v1" },
  BLOODBANK_EXCHANGE_TYPE: { description: "Its type; only topic routes events.", fallback: "topic" },
  EVENT_STORE_MANAGER_QUEUE: {
    description: "Candystore's queue.",
    fallback: "event_store_manager_queue",
  },
  EVENT_STORE_MANAGER_DLQ: {
    description: "What Candystore could not store.",
    fallback: "event_store_manager_dlq",
  },
  BLOODBANK_HOST: { description: "The address that all ports listen on.", fallback: "127.0.0.1" },
  BLOODBANK_HTTP_PORT: { description: "HTTP API and page; 0 is any free port.", fallback: "8682" },
  BLOODBANK_AMQP_PORT: { description: "The embedded broker; 0 is any free port.", fallback: "5672" },
  BLOODBANK_MANAGEMENT_PORT: {
    description: "The embedded broker's management API; 0 is any free port.",
    fallback: "15672",
  },
  BLOODBANK_DATA_DIR: { description: "Where everything is kept.", fallback: ".bloodbank" },
  BLOODBANK_VAULT_DIR: { description: "Where transcripts are written as Markdown.", fallback: "vault" },
  BLOODBANK_QUEUE_TYPE: { description: "Type of the queues that are declared: classic or quorum." },
  BLOODBANK_ADMISSION: {
    description:
      "What the embedded broker does with events that break their contract: enforce, quarantine or off.",
    fallback: "enforce",
  },
  BLOODBANK_DEFINITIONS: { description: "A RabbitMQ definitions file, applied at the start." },
  BLOODBANK_RETENTION: { description: "A file that says how long which events are kept." },
  BLOODBANK_TOKENS: { description: "A file of tokens with their names and roles." },
  BLOODBANK_WEBHOOK_TARGETS: {
    description:
      "Where outgoing webhooks may go: public, or any, which takes in this machine and its networks.",
    fallback: "public",
  },
  BLOODBANK_TLS_CERT: { description: "Certificate chain in PEM: all ports speak TLS." },
  BLOODBANK_TLS_KEY: { description: "Its private key in PEM." },
  FIREFLIES_API_URL: { description: "Fireflies' GraphQL API, where it is not the public one." },
  FIREFLIES_API_KEY: {
    description: "Key of Fireflies' API; without it whole transcripts are posted.",
    secret: true,
  },
  FIREFLIES_WEBHOOK_SECRET: {
    description: "Signatures of Fireflies' webhooks are checked with it.",
    secret: true,
  },
  GITHUB_WEBHOOK_SECRET: {
    description: "Signatures of GitHub's webhooks are checked with it.",
    secret: true,
  },
  THEBOARD_URL: { description: "TheBoard's HTTP API." },
  AGENTFORGE_URL: { description: "AgentForge's HTTP API." },
  NOTIFY_WEBHOOK_URL: { description: "Where the transcript notifier posts." },
  NOTIFY_WEBHOOK_SECRET: { description: "Signs what the notifier posts.", secret: true },
  OTEL_EXPORTER_OTLP_ENDPOINT: { description: "Where traces are sent, as OpenTelemetry's SDKs read it." },
  OTEL_EXPORTER_OTLP_HEADERS: {
    description: "Headers for it: name=value, with commas between.",
    secret: true,
  },
  LOG_LEVEL: { description: "debug, info, warn or error.", fallback: "info" },
} as const satisfies Record<string, Variable>;

export type VariableName = keyof typeof VARIABLES;

export const variable = (name: VariableName): Variable => VARIABLES[name];
