/** What admission turned away, as the broker left it: the message, and headers that say who, where and why. */
import { createHash } from "node:crypto";
import type { RawDelivery } from "../consume/raw-delivery.js";
import { BloodbankError } from "../errors.js";
import type { DeadLetterQueue, Quarantined, QuarantinePage, QuarantineRequest } from "./contract.js";
import { Kept } from "./kept.js";
import { member, parsed, text, violationsOf } from "./letter.js";
import { ANSWER_BYTES, STEP, type Walk } from "./walk.js";

/** Its format, the order, and the mark of the page's last message. */
const CURSOR = /^1-(newest|oldest)-([0-9a-f]{20}-\d+)$/;

/** @throws BloodbankError `INVALID_CURSOR` */
export function markOf({ cursor, order = "newest" }: QuarantineRequest): string | undefined {
  if (cursor === undefined) return undefined;
  const [, itsOrder, mark] = CURSOR.exec(cursor) ?? [];
  if (itsOrder !== order)
    throw new BloodbankError(
      "INVALID_CURSOR",
      `“${cursor.slice(0, 80)}” is broken, or a cursor of the other order. Begin without one.`,
    );
  return mark;
}

/** Gives pages; the one that was asked for last is kept while the quarantine is as it was. */
export class Quarantine {
  readonly #kept = new Kept<{ readonly asked: string; readonly page: QuarantinePage }>();

  async page(
    walk: Walk,
    { name, arrivals }: DeadLetterQueue,
    request: QuarantineRequest,
    mark: string | undefined,
  ): Promise<QuarantinePage> {
    const standing = { count: walk.left, arrivals };
    const asked = JSON.stringify([request.limit, request.order, mark]);
    const kept = this.#kept.get(name, standing);
    if (kept?.asked === asked) return kept.page;
    const page = await pageOf(walk, name, request, mark);
    // A full one loses its oldest message as one comes: only what came tells. A large page is not worth its memory.
    if (arrivals !== undefined && page.quarantined.length <= STEP)
      this.#kept.keep(name, standing, { asked, page });
    return page;
  }

  forget(): void {
    this.#kept.forgetAll();
  }
}

/**
 * The queue is read from its oldest message on, and when it is full it loses that one first. So a page ends with a
 * message, not with a number, and the next one is what lies behind it, or before it, whatever came and went meanwhile.
 */
async function pageOf(
  walk: Walk,
  queue: string,
  { limit = 500, order = "newest" }: QuarantineRequest,
  mark: string | undefined,
): Promise<QuarantinePage> {
  const total = walk.left;
  const read = order === "newest" ? newest : oldest;
  const { kept, isMore } = await read(marked(walk), limit, mark);
  if (order === "newest") kept.reverse();
  return {
    quarantined: kept.map(({ delivery, mark }) => quarantinedOf(delivery, `${queue}/${mark}`)),
    total,
    ...(isMore && { next_cursor: `1-${order}-${kept.at(-1)?.mark}` }),
  };
}

interface Marked {
  readonly delivery: RawDelivery;
  /** Tells it from all others; of those alike in every byte and in the moment, by its number among them. */
  readonly mark: string;
}

/** In the order of the queue. */
interface Part {
  readonly kept: Marked[];
  /** There are others where the next page is. */
  readonly isMore: boolean;
}

async function* marked(walk: Walk): AsyncGenerator<Marked, void, undefined> {
  const times = new Map<string, number>();
  while (walk.left > 0)
    for (const { delivery } of await walk.next(STEP)) {
      const { body, headers, properties } = delivery;
      const print = createHash("sha256")
        .update(JSON.stringify([properties.messageId, headers["x-client"], headers["x-refused-at"]]))
        .update(body)
        .digest("hex")
        .slice(0, 20);
      const time = (times.get(print) ?? 0) + 1;
      times.set(print, time);
      yield { delivery, mark: `${print}-${time}` };
    }
}

/** The first ones behind the mark. Where its message is gone, all that are left came after it. */
async function oldest(messages: AsyncIterable<Marked>, limit: number, mark?: string): Promise<Part> {
  let isMet = mark === undefined;
  let kept: Marked[] = [];
  let bytes = 0;
  let isMore = false;
  for await (const message of messages) {
    if (message.mark === mark) [isMet, kept, bytes, isMore] = [true, [], 0, false];
    else if (kept.length < limit && bytes < ANSWER_BYTES) {
      kept.push(message);
      bytes += message.delivery.body.byteLength;
    } else {
      isMore = true;
      if (isMet) break;
    }
  }
  return { kept, isMore };
}

/** The last ones before the mark. Where its message is gone, all that lay before it are gone too. */
async function newest(messages: AsyncIterable<Marked>, limit: number, mark?: string): Promise<Part> {
  const kept: Marked[] = [];
  let bytes = 0;
  let isMore = false;
  for await (const message of messages) {
    if (message.mark === mark) return { kept, isMore };
    kept.push(message);
    bytes += message.delivery.body.byteLength;
    while (kept.length > limit || (bytes > ANSWER_BYTES && kept.length > 1)) {
      bytes -= kept.shift()?.delivery.body.byteLength ?? 0;
      isMore = true;
    }
  }
  return mark === undefined ? { kept, isMore } : { kept: [], isMore: false };
}

function quarantinedOf(delivery: RawDelivery, id: string): Quarantined {
  const { headers, properties } = delivery;
  const event = parsed(delivery.body);
  const exchange = text(headers["x-exchange"]) ?? delivery.exchange;
  const routing_key = text(headers["x-routing-key"]) ?? delivery.routingKey;
  return {
    id,
    event_id: text(member(event, "event_id")) ?? properties.messageId ?? null,
    event_type: text(member(event, "event_type")) ?? properties.type ?? routing_key,
    reason: text(headers["x-reason"]) ?? "",
    client: text(headers["x-client"]) ?? properties.appId ?? "",
    exchange,
    routing_key,
    refused_at: instant(headers["x-refused-at"]),
    violations: violationsOf(headers),
    headers,
    event,
  };
}

function instant(value: unknown): string | null {
  if (value instanceof Date) return value.toISOString();
  return text(value) ?? null;
}
