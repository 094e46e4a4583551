/** The configuration, read once from the environment, checked, and passed in from then on. */

export interface Config {
  /** Several for a cluster; none: the embedded broker is the bus. */
  readonly rabbitmqUrls: readonly string[];
  /** Asked in turn; none: port 15672 of each of `rabbitmqUrls`' hosts. */
  readonly rabbitmqManagementUrls: readonly string[];
  readonly databaseUrl: string | undefined;
  readonly exchange: string;
  readonly storeQueue: string;
  readonly storeDeadLetterQueue: string;
  readonly host: string;
  readonly httpPort: Port;
  readonly amqpPort: Port;
  readonly managementPort: Port;
  /** Absolute. */
  readonly dataDir: string;
  /** Absolute. */
  readonly vaultDir: string;
  readonly queueType: "classic" | "quorum" | undefined;
  readonly admission: "enforce" | "quarantine" | "off";
  readonly definitionsFile: string | undefined;
  readonly retentionFile: string | undefined;
  readonly tokensFile: string | undefined;
  readonly webhookTargets: "public" | "any";
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
  readonly fireflies: {
    readonly apiUrl: string | undefined;
    readonly apiKey: string | undefined;
    readonly webhookSecret: string | undefined;
  };
  readonly githubWebhookSecret: string | undefined;
  readonly theboardUrl: string | undefined;
  readonly agentforgeUrl: string | undefined;
  readonly otelEndpoint: string | undefined;
  readonly otelHeaders: Readonly<Record<string, string>>;
  readonly logLevel: LogLevel;
}

/** A port that was asked for is used or the start fails; a default one gives way to the next free one. */
export interface Port {
  readonly number: number;
  readonly explicit: boolean;
}

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where a value came from: `file` is a file named by `<NAME>_FILE`, as container platforms mount secrets. */
export type Origin = "default" | "env" | "file";

/** One row of `bb config`. */
export interface Setting {
  readonly name: string;
  /** As it will be used; secrets and passwords are masked; `undefined` where it is not set. */
  readonly value: string | undefined;
  readonly origin: Origin;
  readonly description: string;
}

export interface LoadedConfig {
  readonly config: Config;
  readonly settings: readonly Setting[];
  /** Unknown names that look like ours, with the nearest known one. */
  readonly warnings: readonly string[];
}

export type Environment = Readonly<Record<string, string | undefined>>;
