/** What is read at each scrape: health, broker, recorder, store, queues, services and subscriptions. */
import type { BrokerStats } from "@33god/bloodbank-broker";
import type { Health } from "../health/health.js";
import type { StoreAccess } from "../http/context.js";
import type { Observer } from "../observe/observer.js";
import { retryOf } from "../observe/queue-kinds.js";
import type { Bus } from "../start/bus.js";
import type { Supervisor } from "../supervise/supervisor.js";
import type { Webhooks } from "../webhooks/webhooks.js";
import type { Metrics, Reading } from "./metrics.js";

export interface MeasuredParts {
  readonly health: Health;
  readonly bus: Bus;
  readonly store: StoreAccess;
  readonly supervisor: Supervisor;
  readonly observer: Observer;
  readonly webhooks: Webhooks;
}

const BROKER: Readonly<Record<keyof Omit<BrokerStats, "alarm">, readonly [name: string, help: string]>> = {
  connections: ["connections", "Open connections."],
  channels: ["channels", "Open channels."],
  consumers: ["consumers", "Consumers of all queues."],
  queues: ["queues", "Queues."],
  messagesReady: ["messages_ready", "Messages that wait, in all queues."],
  messagesUnacked: ["messages_unacked", "Messages in work, in all queues."],
  published: ["published_total", "Messages that came in."],
  confirmed: ["confirmed_total", "Messages that were confirmed to their publishers."],
  refused: ["refused_total", "Messages that were not taken, by admission or by an alarm."],
  delivered: ["delivered_total", "Deliveries to consumers."],
  acked: ["acked_total", "Deliveries that were acknowledged."],
  logBytes: ["log_bytes", "Bytes of the message log on disk."],
};
const STATUSES = ["ok", "degraded", "failing"] as const;

export function addGauges(metrics: Metrics, parts: MeasuredParts): void {
  const { health, bus, store, supervisor, observer, webhooks } = parts;
  metrics.gauges(async () =>
    Object.entries((await health.readiness()).checks).flatMap(([check, { status }]) =>
      STATUSES.map((one) =>
        reading(
          "bloodbank_check",
          "1 for the status that a part of the platform has.",
          Number(one === status),
          {
            check,
            status: one,
          },
        ),
      ),
    ),
  );
  metrics.gauges(() => {
    const stats = bus.broker?.stats();
    if (stats === undefined) return [];
    return [
      ...Object.entries(BROKER).map(([key, [name, help]]) =>
        reading(
          `bloodbank_broker_${name}`,
          `${help} Of the embedded broker.`,
          stats[key as keyof typeof BROKER],
        ),
      ),
      reading(
        "bloodbank_broker_alarm",
        "1 while the embedded broker refuses or blocks publishers.",
        Number(stats.alarm !== null),
      ),
    ];
  });
  metrics.gauges(async () => {
    const recorder = await store.recorder?.status();
    if (recorder === undefined) return [];
    const { connected, lag_ms, pending, stored, duplicates, invalid, dead_lettered } = recorder;
    const of = (name: string, help: string, value: number) =>
      reading(`bloodbank_recorder_${name}`, help, value);
    return [
      of("connected", "Whether the recorder is connected.", Number(connected)),
      of("lag_seconds", "From publishing to commit, of the last batch.", lag_ms / 1_000),
      of("pending", "Received and not yet committed.", pending),
      of("stored_total", "Events stored since the start.", stored),
      of("duplicates_total", "Copies of known events since the start.", duplicates),
      of("invalid_total", "Stored although they break their contract.", invalid),
      of("dead_lettered_total", "Messages that could not be stored.", dead_lettered),
    ];
  });
  metrics.gauges(async () => {
    const { events, bytes, index_bytes, position, indexed } = await store.events.stats();
    return [
      reading("bloodbank_store_events", "Events in the store.", events),
      reading("bloodbank_store_bytes", "Bytes on disk.", bytes),
      reading("bloodbank_store_index_bytes", "Bytes of the search index.", index_bytes),
      reading("bloodbank_store_index_lag", "Events that full text does not find yet.", position - indexed),
    ];
  });
  metrics.gauges(async () => {
    const facts = await observer.broker();
    return [...(facts?.queues.values() ?? [])].flatMap(
      ({ name: queue, messages_ready, messages_unacknowledged, consumers }) => [
        reading("bloodbank_queue_ready", "Messages that wait.", messages_ready ?? 0, { queue }),
        reading("bloodbank_queue_unacked", "Messages in work.", messages_unacknowledged ?? 0, { queue }),
        reading("bloodbank_queue_consumers", "Consumers of the queue.", consumers ?? 0, { queue }),
        ...retriesWaiting(queue, messages_ready ?? 0),
      ],
    );
  });
  metrics.gauges(() =>
    supervisor.services.flatMap((process) => {
      const { state, restarts } = process.status();
      const labels = { service: process.name };
      return [
        reading(
          "bloodbank_service_up",
          "Whether a service is connected.",
          Number(state === "running"),
          labels,
        ),
        reading("bloodbank_service_restarts_total", "How often it ended unasked.", restarts, labels),
      ];
    }),
  );
  metrics.gauges(() =>
    webhooks.list().flatMap(({ id: webhook, state, delivered, failed }) => [
      reading(
        "bloodbank_webhook_held",
        "1 while deliveries to an address are held.",
        Number(state === "held"),
        {
          webhook,
        },
      ),
      reading("bloodbank_webhook_delivered_total", "Events that an address took.", delivered, { webhook }),
      reading("bloodbank_webhook_failed_total", "Tries that an address did not take.", failed, { webhook }),
    ]),
  );
}

function retriesWaiting(name: string, waiting: number): readonly Reading[] {
  const retry = retryOf(name);
  if (retry === undefined) return [];
  return [
    reading("bloodbank_retries_waiting", "Messages of a queue that wait for another try.", waiting, {
      ...retry,
    }),
  ];
}

const reading = (
  name: string,
  help: string,
  value: number,
  labels?: Readonly<Record<string, string>>,
): Reading => ({ name, help, value, ...(labels && { labels }) });
