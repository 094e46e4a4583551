/** Consumers that fall behind, hold too much, or are not there. */
import type { QueueInfo } from "../../management/answers.js";
import type { ServiceState } from "../api/answers.js";
import { counted } from "../terminal/counted.js";
import { type Check, type Diagnosis, ok } from "./contract.js";

const HELD = 1_000;
const BACKLOG = 100;
/** Half of what the platform lets a service of its own have. */
const LARGE_MB = 1_024;

const isWork = ({ name }: QueueInfo): boolean => !/\.retry\.\w+$|\.dlq$|_dlq$|quarantine$|^amq\./.test(name);

export const checkConsumers: Check = async ({ client, broker, interval }) => {
  if (broker === undefined) return [];
  await new Promise((resolve) => setTimeout(resolve, interval));
  const { queues } = await client.json<{ readonly queues: readonly QueueInfo[] }>("/api/v1/topology/queues");
  const before = new Map(broker.queues.map((queue) => [queue.name, queue]));
  const found: Diagnosis[] = [];
  for (const queue of queues.filter(isWork)) {
    const { name, messages_ready: ready = 0, messages_unacknowledged: unacked = 0, consumers = 0 } = queue;
    const grew = ready - (before.get(name)?.messages_ready ?? ready);
    if (consumers === 0 && ready > 0)
      found.push({
        check: "consumers",
        health: ready >= BACKLOG ? "wrong" : "look",
        message: `${counted(ready, "message")} wait in ${name}, and nobody consumes it`,
        hint: "start its consumer, or delete the queue if it is somebody's leftover",
      });
    else if (ready >= BACKLOG && grew > 0)
      found.push({
        check: "consumers",
        health: "wrong",
        message: `${name} grows: ${counted(ready, "message")} wait, ${grew} more than ${interval / 1_000} s ago`,
        hint: "its consumer is slower than what comes in: start another one, or raise its concurrency",
      });
    const unlimited = broker.consumers.filter(
      (consumer) => consumer.queue.name === name && (consumer.prefetch_count ?? 0) === 0,
    );
    if (unacked >= HELD)
      found.push({
        check: "consumers",
        health: "wrong",
        message: `the consumer of ${name} holds ${counted(unacked, "message")} that it has not acked`,
        hint:
          unlimited.length > 0
            ? "it set no prefetch, so its memory grows with the queue: set_qos(prefetch_count=10)"
            : "ack each message when it is done; a smaller prefetch bounds what it holds",
      });
    else if (unlimited.length > 0)
      found.push({
        check: "consumers",
        health: "look",
        message: `${counted(unlimited.length, "consumer")} of ${name} without a prefetch: its memory grows with the queue`,
        hint: "set_qos(prefetch_count=10) before consuming",
      });
  }
  const { services } = await client.json<{ readonly services: readonly ServiceState[] }>("/api/v1/services");
  for (const { name, process } of services)
    if ((process?.memory_mb ?? 0) > LARGE_MB)
      found.push({
        check: "consumers",
        health: "look",
        message: `${name} uses ${Math.round(process?.memory_mb ?? 0)} MB of memory`,
        hint: "a handler should keep nothing of a message once it is done; at 2,048 MB it is started again",
      });
  return found.length > 0
    ? found
    : [ok("consumers", `${counted(queues.filter(isWork).length, "queue")}, none that grows or is held up`)];
};
