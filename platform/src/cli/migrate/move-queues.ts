/** Messages from one broker to another, queue by queue, until nothing is left. */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { type BusAddress, HEADERS, RawConsumer, type RawDelivery, RawPublisher } from "@33god/bloodbank";
import { CliError, messageOf } from "../errors.js";
import type { MovedQueue, Progress } from "./contract.js";
import type { Management } from "./management.js";

export interface Move {
  readonly from: { readonly bus: BusAddress; readonly management: Management };
  readonly to: { readonly bus: BusAddress; readonly management: Management };
  /** Where the ids of what was confirmed are kept, a line each. */
  readonly ledger: string;
  readonly progress: Progress;
}

/** RabbitMQ counts its messages every five seconds. */
const SEEN_WITHIN = 20_000;

export async function moveQueues({ from, to, ledger, progress }: Move): Promise<readonly MovedQueue[]> {
  const publisher = new RawPublisher(to.bus);
  await publisher.start();
  const known = new Set<string>();
  try {
    // A message whose delay ends meanwhile goes from its retry queue to its own, which may have been emptied already.
    for (;;) {
      const queues = await from.management.queues();
      for (const { name } of queues) known.add(name);
      const waiting = queues.filter(({ messages = 0 }) => messages > 0);
      if (waiting.length === 0) break;
      for (const { name, messages = 0 } of waiting) {
        progress(`${name}: ${messages} messages`);
        await drain(from, publisher, name, ledger);
      }
    }
  } finally {
    await publisher.close();
  }
  return seen([...known].sort(), from.management, to.management, movedBy(ledger));
}

async function drain(
  from: Move["from"],
  publisher: RawPublisher,
  queue: string,
  ledger: string,
): Promise<void> {
  let failure: unknown;
  const onBatch = async (batch: readonly RawDelivery[]) => {
    if (failure !== undefined) throw failure;
    try {
      const outcomes = await Promise.all(batch.map((delivery) => publisher.send(copyFor(queue, delivery))));
      if (outcomes.some(({ routed }) => !routed)) throw new Error(`the target has no queue ${queue}`);
    } catch (error) {
      failure = error;
      throw error;
    }
    appendFileSync(ledger, batch.map((delivery) => `${JSON.stringify([queue, idOf(delivery)])}\n`).join(""));
  };
  const consumer = new RawConsumer(from.bus, { queue, onBatch, maxBatch: 500 });
  await consumer.start();
  try {
    for (;;) {
      if (failure !== undefined)
        throw new CliError("REFUSED", `${queue} cannot be moved: ${messageOf(failure)}`, {
          hint: "nothing is lost: what was not confirmed is still here; run it again when the target is well",
          cause: failure,
        });
      const state = (await from.management.queues()).find(({ name }) => name === queue);
      if ((state?.messages ?? 0) === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  } finally {
    await consumer.close();
  }
}

/** It goes by the default exchange, so the routing key that it had is kept in a header, as in a retry. */
function copyFor(queue: string, { body, headers, properties, exchange, routingKey }: RawDelivery) {
  const { userId: _, ...rest } = properties;
  const kept = exchange === "" || HEADERS.originalRoutingKey in headers;
  return {
    exchange: "",
    routingKey: queue,
    body,
    properties: rest,
    headers: kept ? headers : { ...headers, [HEADERS.originalRoutingKey]: routingKey },
  };
}

/** Without an id a message is what it is by its place in the ledger: it cannot be told from a copy. */
let nameless = 0;
function idOf({ properties }: RawDelivery): string {
  if (properties.messageId) return properties.messageId;
  nameless += 1;
  return `(no id ${process.pid}-${nameless})`;
}

function movedBy(ledger: string): ReadonlyMap<string, number> {
  const ids = new Map<string, Set<string>>();
  for (const line of existsSync(ledger) ? readFileSync(ledger, "utf8").split("\n") : []) {
    // The last line may have been cut by a crash; its message was not acked and is moved again.
    let entry: readonly [string, string];
    try {
      entry = JSON.parse(line);
    } catch {
      continue;
    }
    const [queue, id] = entry;
    ids.set(queue, (ids.get(queue) ?? new Set()).add(id));
  }
  return new Map([...ids].map(([queue, set]) => [queue, set.size]));
}

async function seen(
  names: readonly string[],
  from: Management,
  to: Management,
  moved: ReadonlyMap<string, number>,
): Promise<readonly MovedQueue[]> {
  const until = Date.now() + SEEN_WITHIN;
  for (;;) {
    const here = new Map((await from.queues()).map((queue) => [queue.name, queue]));
    const there = new Map((await to.queues()).map((queue) => [queue.name, queue]));
    const result = names.map((queue): MovedQueue => {
      const target = there.get(queue);
      return {
        queue,
        moved: moved.get(queue) ?? 0,
        left: here.get(queue)?.messages ?? 0,
        there: (target?.consumers ?? 0) > 0 ? undefined : (target?.messages ?? 0),
      };
    });
    if (result.every(isWhole) || Date.now() > until) return result;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

export const isWhole = ({ moved, left, there }: MovedQueue): boolean =>
  left === 0 && (there === undefined || there >= moved);
