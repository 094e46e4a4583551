/** What is read at each scrape: broker, recorder, store, queues and services. */
import type { StoreAccess } from "../http/context.js";
import type { Observer } from "../observe/observer.js";
import type { Bus } from "../start/bus.js";
import type { Supervisor } from "../supervise/supervisor.js";
import type { Metrics, Reading } from "./metrics.js";

export interface MeasuredParts {
  readonly bus: Bus;
  readonly store: StoreAccess;
  readonly supervisor: Supervisor;
  readonly observer: Observer;
}

export function addGauges(metrics: Metrics, { bus, store, supervisor, observer }: MeasuredParts): void {
  metrics.gauges(() => {
    const stats = bus.broker?.stats();
    if (stats === undefined) return [];
    const { alarm, ...numbers } = stats;
    return [
      ...Object.entries(numbers).map(([name, value]) => ({
        name: `bloodbank_broker_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`,
        help: "Of the embedded broker.",
        value,
      })),
      reading(
        "bloodbank_broker_alarm",
        "1 while the broker refuses or blocks publishers.",
        alarm === null ? 0 : 1,
      ),
    ];
  });
  metrics.gauges(async () => {
    const recorder = await store.recorder?.status();
    if (recorder === undefined) return [];
    return [
      reading(
        "bloodbank_recorder_connected",
        "Whether the recorder is connected.",
        recorder.connected ? 1 : 0,
      ),
      reading("bloodbank_recorder_lag_seconds", "From publishing to commit.", recorder.lag_ms / 1_000),
      reading("bloodbank_recorder_pending", "Received and not yet committed.", recorder.pending),
      reading("bloodbank_recorder_stored", "Events stored since the start.", recorder.stored),
      reading(
        "bloodbank_recorder_duplicates",
        "Copies of known events since the start.",
        recorder.duplicates,
      ),
      reading("bloodbank_recorder_invalid", "Stored although they break their contract.", recorder.invalid),
      reading(
        "bloodbank_recorder_dead_lettered",
        "Messages that could not be stored.",
        recorder.dead_lettered,
      ),
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
      ({ name, messages_ready, messages_unacknowledged, consumers }) => {
        const labels = { queue: name };
        return [
          { name: "bloodbank_queue_ready", help: "Messages that wait.", labels, value: messages_ready ?? 0 },
          {
            name: "bloodbank_queue_unacked",
            help: "Messages in work.",
            labels,
            value: messages_unacknowledged ?? 0,
          },
          {
            name: "bloodbank_queue_consumers",
            help: "Consumers of the queue.",
            labels,
            value: consumers ?? 0,
          },
        ];
      },
    );
  });
  metrics.gauges(() =>
    supervisor.services.flatMap((service) => {
      const labels = { service: service.name };
      const { state, restarts } = service.status();
      return [
        {
          name: "bloodbank_service_up",
          help: "Whether a service is connected.",
          labels,
          value: state === "running" ? 1 : 0,
        },
        { name: "bloodbank_service_restarts", help: "How often it ended unasked.", labels, value: restarts },
      ];
    }),
  );
}

const reading = (name: string, help: string, value: number): Reading => ({ name, help, value });
