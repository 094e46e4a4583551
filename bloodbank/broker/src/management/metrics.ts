/** Prometheus metrics under RabbitMQ's names, those that mean the same here. */
import { totalmem } from "node:os";
import type { ManagedBroker, QueueRow } from "./contract.js";
import { diskFree } from "./routes/overview.js";

type Labels = Readonly<Record<string, string>>;

/** With `perObject`, queues are told apart by labels `vhost` and `queue`. */
export function metrics(broker: ManagedBroker, perObject: boolean): string {
  const lines: string[] = [];
  const emit = (
    name: string,
    type: "counter" | "gauge",
    help: string,
    values: readonly (readonly [Labels, number])[],
  ): void => {
    lines.push(`# HELP rabbitmq_${name} ${help}`, `# TYPE rabbitmq_${name} ${type}`);
    for (const [labels, value] of values) lines.push(`rabbitmq_${name}${labelled(labels)} ${value}`);
  };
  const gauge = (name: string, help: string, value: number) => emit(name, "gauge", help, [[{}, value]]);
  const protocol = { protocol: "amqp091" };
  const counter = (name: string, help: string, value: number | undefined) =>
    emit(name, "counter", help, [[protocol, value ?? 0]]);

  const { node } = broker;
  const totals = broker.totals();
  const gauges = broker.gauges();
  const queues = broker.queues();
  emit("build_info", "gauge", "Version of the broker", [
    [{ rabbitmq_version: "3.10.8", product_name: "Bloodbank", product_version: node.version }, 1],
  ]);
  emit("identity_info", "gauge", "Node and cluster", [
    [{ rabbitmq_node: node.name, rabbitmq_cluster: node.name }, 1],
  ]);
  gauge("connections", "Connections currently open", broker.connections().length);
  gauge("channels", "Channels currently open", broker.channels().length);
  gauge("consumers", "Consumers currently connected", broker.consumers().length);
  gauge("queues", "Queues available", queues.length);

  const perQueue = (name: string, help: string, of: (queue: QueueRow) => number) =>
    emit(
      name,
      "gauge",
      help,
      perObject
        ? queues.map((queue) => [{ vhost: queue.vhost, queue: queue.name }, of(queue)])
        : [[{}, queues.reduce((sum, queue) => sum + of(queue), 0)]],
    );
  perQueue("queue_messages_ready", "Messages ready to be delivered to consumers", ({ ready }) => ready);
  perQueue("queue_messages_unacked", "Messages delivered and not yet acknowledged", ({ unacked }) => unacked);
  perQueue(
    "queue_messages",
    "Sum of ready and unacknowledged messages",
    ({ ready, unacked }) => ready + unacked,
  );
  perQueue("queue_messages_ready_bytes", "Size in bytes of ready messages", ({ readyBytes }) => readyBytes);
  perQueue("queue_consumers", "Consumers on a queue", ({ consumers }) => consumers);

  counter("global_messages_received_total", "Messages received from publishers", totals.publish);
  counter("global_messages_confirmed_total", "Messages confirmed to publishers", totals.confirm);
  counter(
    "global_messages_unroutable_returned_total",
    "Messages returned to publishers as unroutable",
    totals.return_unroutable,
  );
  counter(
    "global_messages_unroutable_dropped_total",
    "Messages dropped as unroutable",
    totals.drop_unroutable,
  );
  counter("global_messages_delivered_total", "Messages delivered to consumers", totals.deliver);
  counter("global_messages_redelivered_total", "Messages redelivered to consumers", totals.redeliver);
  counter("global_messages_acknowledged_total", "Messages acknowledged by consumers", totals.ack);

  gauge("process_resident_memory_bytes", "Memory used in bytes", process.memoryUsage.rss());
  gauge("resident_memory_limit_bytes", "Memory of the machine in bytes", totalmem());
  gauge("disk_space_available_bytes", "Disk space available in bytes", diskFree(node.dataDir));
  gauge("erlang_uptime_seconds", "Node uptime", Math.floor((Date.now() - node.startedAt) / 1000));
  gauge("alarms_memory_used_watermark", "Is 1 while publishers wait for memory", Number(gauges.memoryAlarm));
  gauge(
    "alarms_free_disk_space_watermark",
    "Is 1 while publishers wait for the disk",
    Number(gauges.diskAlarm),
  );
  return `${lines.join("\n")}\n`;
}

function labelled(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
