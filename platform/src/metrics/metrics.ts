/** What `/metrics` tells: counters that the parts raise, and gauges that are asked for at each scrape. */
import type { BusMetrics } from "@33god/bloodbank";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** A number with its labels, read when somebody scrapes. */
export interface Reading {
  readonly name: string;
  readonly help: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

export class Metrics {
  readonly #registry = new Registry();
  readonly #readers: (() => Promise<readonly Reading[]> | readonly Reading[])[] = [];
  readonly #gauges = new Map<string, Gauge>();
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
    collectDefaultMetrics({ register: this.#registry });
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

  admissionRefused(code: string): void {
    this.#admissions.inc({ code });
  }

  /** Asked at each scrape. What it cannot read it leaves out. */
  gauges(reader: () => Promise<readonly Reading[]> | readonly Reading[]): void {
    this.#readers.push(reader);
  }

  /** The text exposition format, version 0.0.4. */
  async text(): Promise<string> {
    for (const gauge of this.#gauges.values()) gauge.reset();
    const readings = await Promise.allSettled(this.#readers.map(async (reader) => reader()));
    for (const result of readings)
      if (result.status === "fulfilled") for (const reading of result.value) this.#set(reading);
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  #set({ name, help, labels = {}, value }: Reading): void {
    let gauge = this.#gauges.get(name);
    if (gauge === undefined) {
      gauge = new Gauge({ name, help, labelNames: Object.keys(labels), registers: [this.#registry] });
      this.#gauges.set(name, gauge);
    }
    gauge.set(labels, value);
  }

  #counter(name: string, help: string, labelNames: string[]): Counter {
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }

  #histogram(name: string, help: string, labelNames: string[]): Histogram {
    return new Histogram({ name, help, labelNames, buckets: SECONDS, registers: [this.#registry] });
  }
}
