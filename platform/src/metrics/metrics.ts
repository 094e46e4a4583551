/** What `/metrics` tells: counters that the parts raise, and what is asked for at each scrape. */
import type { BusMetrics } from "@33god/bloodbank";
import type { VerdictCode } from "@33god/holyfields";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** Milliseconds between two looks at the lag of Node's event loop. */
const LAG_EVERY = 10;

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

type Outcome = Parameters<NonNullable<BusMetrics["published"]>>[0]["outcome"];
const OUTCOMES: Readonly<Record<Outcome, true>> = {
  confirmed: true,
  unrouted: true,
  violation: true,
  refused: true,
  timeout: true,
  failed: true,
};
const REFUSALS: Readonly<Record<VerdictCode, true>> = {
  MALFORMED_JSON: true,
  UNKNOWN_EVENT_TYPE: true,
  CONTRACT_VIOLATION: true,
  ROUTING_KEY_MISMATCH: true,
};

/** A number with its labels, read when somebody scrapes. */
export interface Reading {
  readonly name: string;
  readonly help: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A name that ends with `_total` is a counter, and what is read is how far it has come. */
const COUNTED = "_total";

export class Metrics {
  readonly #registry = new Registry();
  /**
   * Begun by the first scrape: the lag alone wakes the process a hundred times a second, which an idle platform that
   * nobody scrapes can be spared.
   */
  #node: Promise<void> | undefined;
  readonly #readers: (() => Promise<readonly Reading[]> | readonly Reading[])[] = [];
  readonly #read = new Map<string, Gauge | Counter>();
  readonly #published = this.#counter(
    "bloodbank_events_published_total",
    "Events that the platform published.",
    ["type", "outcome"],
  );
  readonly #publishSeconds = this.#histogram("bloodbank_publish_seconds", "From publish to its outcome.", [
    "outcome",
  ]);
  readonly #requests = this.#histogram(
    "bloodbank_http_request_seconds",
    "HTTP requests by route and status.",
    ["method", "route", "status"],
  );
  readonly #webhooks = this.#counter(
    "bloodbank_webhooks_total",
    "Webhooks by sender and what became of them.",
    ["sender", "outcome"],
  );
  readonly #problems = this.#counter(
    "bloodbank_problems_total",
    "Requests that were refused, by problem code.",
    ["code"],
  );
  readonly #admissions = this.#counter(
    "bloodbank_admission_refused_total",
    "Publishes that the embedded broker's admission turned away, by reason.",
    ["code"],
  );

  constructor() {
    // A counter that appears with 1 has not risen, for Prometheus: what may alarm somebody begins with 0.
    for (const outcome of Object.keys(OUTCOMES)) this.#publishSeconds.zero({ outcome });
    for (const code of Object.keys(REFUSALS)) this.#admissions.inc({ code }, 0);
  }

  /** For the platform's own publisher. Unknown types are one label: anybody can invent names. */
  readonly bus: BusMetrics = {
    published: ({ type, outcome, seconds }) => {
      this.#published.inc({ type: outcome === "violation" ? "" : type, outcome });
      this.#publishSeconds.observe({ outcome }, seconds);
    },
  };

  request(method: string, route: string, status: number, seconds: number): void {
    this.#requests.observe({ method, route, status: String(status) }, seconds);
  }

  webhook(sender: string, outcome: string): void {
    this.#webhooks.inc({ sender, outcome });
  }

  problem(code: string): void {
    this.#problems.inc({ code });
  }

  admissionRefused(code: VerdictCode): void {
    this.#admissions.inc({ code });
  }

  /** Asked at each scrape. What it cannot read it leaves out. */
  gauges(reader: () => Promise<readonly Reading[]> | readonly Reading[]): void {
    this.#readers.push(reader);
  }

  /** The text exposition format, version 0.0.4. */
  async text(): Promise<string> {
    const asked = Promise.allSettled(this.#readers.map(async (reader) => reader()));
    this.#node ??= measureNode(this.#registry);
    await this.#node;
    const readings = await asked;
    // Nothing is awaited from here until all is set: another scrape at the same time reads whole numbers too.
    for (const metric of this.#read.values()) {
      metric.reset();
      // What has no labels is 0 after a reset, which nobody read.
      metric.remove({});
    }
    for (const result of readings)
      if (result.status === "fulfilled") for (const reading of result.value) this.#set(reading);
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  #set({ name, help, labels = {}, value }: Reading): void {
    let metric = this.#read.get(name);
    if (metric === undefined) {
      const shape = { name, help, labelNames: Object.keys(labels), registers: [this.#registry] };
      metric = name.endsWith(COUNTED) ? new Counter(shape) : new Gauge(shape);
      this.#read.set(name, metric);
    }
    // Both were reset: this sets them.
    metric.inc(labels, value);
  }

  #counter(name: string, help: string, labelNames: string[]): Counter {
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }

  #histogram(name: string, help: string, labelNames: string[]): Histogram {
    return new Histogram({ name, help, labelNames, buckets: SECONDS, registers: [this.#registry] });
  }
}

/** What it tells of Node's event loop and memory. Resolves when something has been measured. */
async function measureNode(register: Registry): Promise<void> {
  collectDefaultMetrics({ register, eventLoopMonitoringPrecision: LAG_EVERY });
  await new Promise((resolve) => setTimeout(resolve, 2 * LAG_EVERY));
}
