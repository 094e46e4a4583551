/**
 * What the platform promises to whoever starts it: `npm start`, `bb up`, a test.
 *
 * - `startPlatform` resolves when HTTP listens and the embedded broker, where there is one, has recovered and
 *   listens. A RabbitMQ or a PostgreSQL that is away does not keep it from starting: `/health/ready` says so.
 * - The runtime file stands from then on, and names the addresses; it stays after the end, without a process id.
 * - `close` takes nothing more, ends the services, drains what was accepted, and frees ports and data directory.
 */
import type { Catalog } from "@33god/holyfields";
import type { Readiness } from "./health/health.js";

export interface Platform {
  readonly addresses: Addresses;
  readonly catalog: Catalog;
  /** Resolves when the bus answers and the services were started; rejects never. */
  readonly ready: Promise<void>;
  /** How its parts are: as soon as all work, and after so many milliseconds, or when it ends, all the same. */
  settled(patience: number): Promise<Readiness>;
  /** What the person who started it should read: ports that were taken, policies that could not be kept. */
  readonly notices: readonly string[];
  close(): Promise<void>;
}

export interface Addresses {
  /** `http://127.0.0.1:8682` */
  readonly http: string;
  /** The bus, with user and password as they are needed. */
  readonly amqp: string;
  /** The broker's management API, with user and password; absent where none is known. */
  readonly management?: string;
}

export interface PlatformOptions {
  /** The services of the registry to start; all startable ones by default, `false` for none. */
  readonly services?: ServiceSelection | false;
  /** Whether a service is started anew when its sources change; `false` by default. */
  readonly reload?: boolean;
  /** Log lines for a person at a terminal instead of JSON. */
  readonly pretty?: boolean;
  /** Where log lines go; the process's standard output by default. */
  readonly log?: LogSink;
}

export interface ServiceSelection {
  readonly only?: readonly string[];
  readonly without?: readonly string[];
}

/** Takes whole lines without their ends. */
export type LogSink = (line: string) => void;

/** `<data directory>/platform.json`: how `bb` and the services find the running platform. */
export interface RuntimeFile extends Addresses {
  /** `null` once the platform has ended: the addresses are those that it had last. */
  readonly pid: number | null;
  readonly engine: "embedded" | "rabbitmq";
  readonly version: string;
  /** RFC 3339. */
  readonly startedAt: string;
}
