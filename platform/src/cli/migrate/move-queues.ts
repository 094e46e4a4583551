/** Messages from one broker to another, queue by queue, until nothing is left. */
import {
  type BusAddress,
  HEADERS,
  QueueDepths,
  RawConsumer,
  type RawDelivery,
  RawPublisher,
} from "@33god/bloodbank";
import { CliError, messageOf } from "../errors.js";
import type { MovedQueue, Progress } from "./contract.js";
import type { Ledger } from "./ledger.js";
import type { Management } from "./management.js";

export interface Place {
  readonly bus: BusAddress;
  readonly management: Management;
}

export interface Move {
  readonly from: Place;
  readonly to: Place;
  /** Queues of the source. */
  readonly names: readonly string[];
  readonly ledger: Ledger;
  readonly progress: Progress;
}

export async function moveQueues({
  from,
  to,
  names,
  ledger,
  progress,
}: Move): Promise<readonly MovedQueue[]> {
  const publisher = new RawPublisher(to.bus);
  const here = new QueueDepths(from.bus);
  const there = new QueueDepths(to.bus);
  try {
    await Promise.all([publisher.start(), here.start(), there.start()]);
    // A message whose delay ends meanwhile goes from its retry queue to its own, which may have been emptied already.
    for (let waiting = true; waiting; ) {
      waiting = false;
      for (const queue of names) {
        const ready = (await here.of(queue))?.ready ?? 0;
        if (ready === 0) continue;
        waiting = true;
        progress(`${queue}: ${ready} messages`);
        await drain({ from, here, publisher, queue, ledger });
      }
    }
    return await seen([...names].sort(), here, there, ledger.counts());
  } finally {
    await Promise.all([publisher.close(), here.close(), there.close()]);
  }
}

interface Drain {
  readonly from: Place;
  readonly here: QueueDepths;
  readonly publisher: RawPublisher;
  readonly queue: string;
  readonly ledger: Ledger;
}

/** Until nothing waits in the queue; what its consumer holds when it ends goes back there, and is found again. */
async function drain({ from, here, publisher, queue, ledger }: Drain): Promise<void> {
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
    ledger.add(queue, batch.map(idOf));
  };
  const consumer = new RawConsumer(from.bus, { queue, onBatch, maxBatch: 500 });
  await consumer.start();
  let empty = 0;
  try {
    for (;;) {
      if (failure !== undefined)
        throw new CliError("REFUSED", `${queue} cannot be moved: ${messageOf(failure)}`, {
          hint: "nothing is lost: what was not confirmed is still here; run it again when the target is well",
          cause: failure,
        });
      // Twice: what the broker has sent may still be on its way here.
      empty = ((await here.of(queue))?.ready ?? 0) === 0 && consumer.idle ? empty + 1 : 0;
      if (empty === 2) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  } finally {
    await consumer.close();
  }
}

/**
 * It goes by the default exchange, so the routing key that it had is kept in a header, as in a retry. A `CC` was followed
 * when it was published: the copies that it asked for are in their queues.
 */
function copyFor(queue: string, { body, headers: all, properties, exchange, routingKey }: RawDelivery) {
  const { userId: _, ...rest } = properties;
  const { CC: _cc, "x-delivery-count": _count, ...headers } = all;
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

async function seen(
  names: readonly string[],
  here: QueueDepths,
  there: QueueDepths,
  moved: ReadonlyMap<string, number>,
): Promise<readonly MovedQueue[]> {
  return Promise.all(
    names.map(async (queue): Promise<MovedQueue> => {
      const [source, target] = await Promise.all([here.of(queue), there.of(queue)]);
      return {
        queue,
        moved: moved.get(queue) ?? 0,
        left: source?.ready ?? 0,
        there: (target?.consumers ?? 0) > 0 ? undefined : (target?.ready ?? 0),
      };
    }),
  );
}

export const isWhole = ({ moved, left, there }: MovedQueue): boolean =>
  left === 0 && (there === undefined || there >= moved);
