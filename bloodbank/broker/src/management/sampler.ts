/**
 * Rates: counters are looked at every five seconds, as RabbitMQ does, and a rate is how much the last interval added.
 * Idle brokers are sampled too, which costs a few microseconds a queue.
 */
import type { Clock } from "../contract.js";
import type { Counters, ManagedBroker, QueueRow } from "./contract.js";

const INTERVAL = 5000;

interface Sample {
  readonly at: number;
  readonly values: Readonly<Record<string, number>>;
  readonly rates: Readonly<Record<string, number>>;
}

export class Sampler {
  readonly #broker: ManagedBroker;
  readonly #clock: Clock;
  #samples = new Map<string, Sample>();
  #cancel: (() => void) | undefined;

  constructor(broker: ManagedBroker, clock: Clock) {
    this.#broker = broker;
    this.#clock = clock;
  }

  start(): void {
    this.#sample();
    this.#cancel = this.#clock.after(INTERVAL, () => this.start());
  }

  stop(): void {
    this.#cancel?.();
  }

  /** Per second over the last interval; 0 for what is newer than that. */
  rate(key: string, counter: string): number {
    return this.#samples.get(key)?.rates[counter] ?? 0;
  }

  /** Counters and their rates, as every `message_stats` has them. */
  withRates(key: string, counters: Counters): Record<string, unknown> {
    const out: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(counters)) {
      out[name] = value;
      out[`${name}_details`] = { rate: this.rate(key, name) };
    }
    return out;
  }

  #sample(): void {
    const now = this.#clock.now();
    const next = new Map<string, Sample>();
    const take = (key: string, values: Readonly<Record<string, number>>): void => {
      next.set(key, { at: now, values, rates: ratesOf(this.#samples.get(key), now, values) });
    };
    const all = { messages: 0, messages_ready: 0, messages_unacknowledged: 0 };
    for (const queue of this.#broker.queues()) {
      const lengths = lengthsOf(queue);
      take(keyOf.queue(queue.vhost, queue.name), { ...queue.counters, ...lengths });
      all.messages += lengths.messages;
      all.messages_ready += lengths.messages_ready;
      all.messages_unacknowledged += lengths.messages_unacknowledged;
    }
    for (const exchange of this.#broker.exchanges())
      take(keyOf.exchange(exchange.vhost, exchange.name), exchange.counters as Record<string, number>);
    for (const { name, bytesReceived, bytesSent } of this.#broker.connections())
      take(keyOf.connection(name), { recv_oct: bytesReceived, send_oct: bytesSent });
    for (const channel of this.#broker.channels())
      take(
        keyOf.channel(channel.connection.name, channel.number),
        channel.counters as Record<string, number>,
      );
    take(keyOf.node, { ...this.#broker.totals(), ...all });
    this.#samples = next;
  }
}

export const keyOf = {
  node: "node",
  queue: (vhost: string, name: string) => `queue ${vhost}\0${name}`,
  exchange: (vhost: string, name: string) => `exchange ${vhost}\0${name}`,
  connection: (name: string) => `connection ${name}`,
  channel: (connection: string, number: number) => `channel ${connection}\0${number}`,
} as const;

export function lengthsOf(queue: Pick<QueueRow, "ready" | "unacked" | "dying">) {
  return {
    messages: queue.ready + queue.unacked + queue.dying,
    messages_ready: queue.ready,
    messages_unacknowledged: queue.unacked,
  };
}

function ratesOf(
  before: Sample | undefined,
  now: number,
  values: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  if (before === undefined || now <= before.at) return {};
  const seconds = (now - before.at) / 1000;
  const rates: Record<string, number> = {};
  for (const [name, value] of Object.entries(values))
    rates[name] = Math.round(((value - (before.values[name] ?? 0)) / seconds) * 10) / 10;
  return rates;
}
