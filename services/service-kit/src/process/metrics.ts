/** What a service counts, in Prometheus's text form (version 0.0.4). Labels are bounded: types and queues. */
import type { BusMetrics } from "@33god/bloodbank";

type Published = Parameters<NonNullable<BusMetrics["published"]>>[0];
type Handled = Parameters<NonNullable<BusMetrics["handled"]>>[0];

interface Sum {
  count: number;
  seconds: number;
}

export class ServiceMetrics implements BusMetrics {
  readonly #service: string;
  readonly #published = new Map<string, Sum>();
  readonly #handled = new Map<string, Sum>();
  readonly #lag = new Map<string, Sum>();

  constructor(service: string) {
    this.#service = service;
  }

  published({ type, outcome, seconds }: Published): void {
    add(this.#published, labels({ service: this.#service, type, outcome }), seconds);
  }

  handled({ queue, type, outcome, seconds, attempt, lag }: Handled): void {
    add(this.#handled, labels({ service: this.#service, queue, type, outcome }), seconds);
    // A later attempt waited in the ladder: that is no lag of the queue.
    if (lag !== undefined && attempt === 1)
      add(this.#lag, labels({ service: this.#service, queue, type }), lag);
  }

  text(connected: boolean): string {
    return [
      ...family("bloodbank_publish_seconds", "From publish to its outcome.", this.#published),
      ...family("bloodbank_handle_seconds", "In the handler.", this.#handled),
      ...family("bloodbank_lag_seconds", "From publishing to the first delivery.", this.#lag),
      "# HELP bloodbank_service_connected Whether every connection stands.",
      "# TYPE bloodbank_service_connected gauge",
      `bloodbank_service_connected${labels({ service: this.#service })} ${connected ? 1 : 0}`,
      "# HELP process_resident_memory_bytes Resident memory size in bytes.",
      "# TYPE process_resident_memory_bytes gauge",
      `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
      "",
    ].join("\n");
  }
}

function add(sums: Map<string, Sum>, key: string, seconds: number): void {
  const sum = sums.get(key);
  if (sum === undefined) sums.set(key, { count: 1, seconds });
  else {
    sum.count += 1;
    sum.seconds += seconds;
  }
}

function family(name: string, help: string, sums: ReadonlyMap<string, Sum>): readonly string[] {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} summary`,
    ...[...sums].flatMap(([key, { count, seconds }]) => [
      `${name}_count${key} ${count}`,
      `${name}_sum${key} ${seconds}`,
    ]),
  ];
}

function labels(values: Readonly<Record<string, string>>): string {
  const escaped = (value: string) =>
    value.replace(/[\\"\n]/g, (sign) => (sign === "\n" ? "\\n" : `\\${sign}`));
  return `{${Object.entries(values)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(",")}}`;
}
