/**
 * What becomes of a message's properties when it dies, as RabbitMQ 3.10 writes it: an entry for each queue and reason
 * in `x-death`, the newest first, counted up when a message dies there again.
 */
import type { ContentProperties } from "../wire/properties.js";
import { array, type Field, long, seconds, type Table, table, text, textOf } from "../wire/table.js";

export type DeathReason = "rejected" | "expired" | "maxlen" | "delivery_limit";

export interface Death {
  readonly queue: string;
  readonly reason: DeathReason;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Where the message was published to, and with which key. */
  readonly exchange: string;
  readonly routingKey: string;
  /** The queue's `dead-letter-routing-key`, which replaces the message's own keys. */
  readonly newRoutingKey: string | undefined;
}

export interface DeadLetter {
  readonly properties: ContentProperties;
  /** To publish it with: the new key alone, or the old key and those in `CC`. */
  readonly routingKeys: readonly string[];
}

/** The message as it is published to the dead letter exchange. Its expiration is gone: it has expired once. */
export function deadLetter(properties: ContentProperties, death: Death): DeadLetter {
  const headers = new Map(properties.headers ?? []);
  const keys = [death.routingKey, ...copies(headers)];
  if (death.newRoutingKey !== undefined) headers.delete("CC");
  record(headers, keys, properties.expiration, death);
  const { expiration: _, ...rest } = properties;
  return {
    properties: { ...rest, headers },
    routingKeys: death.newRoutingKey === undefined ? keys : [death.newRoutingKey],
  };
}

/**
 * Whether a dead letter with these headers would go round for ever if it entered `queue`: it was there before,
 * and nobody rejected it since. RabbitMQ drops it. Rejection never makes a cycle: somebody chose it.
 */
export function isCycle(headers: Table, queue: string): boolean {
  const deaths = entries(headers);
  const before = deaths.findIndex((death) => textOf(death.get("queue")) === queue);
  return (
    before !== -1 && deaths.slice(0, before + 1).every((death) => textOf(death.get("reason")) !== "rejected")
  );
}

function record(
  headers: Map<string, Field>,
  keys: readonly string[],
  expiration: string | undefined,
  death: Death,
) {
  const known = headers.get("x-death");
  const info = entryOf(keys, expiration, death);

  if (known?.tag !== "A") {
    const others = new Map(headers);
    headers.clear();
    headers.set("x-death", array([table(info)]));
    for (const [name, field] of others) if (name !== "x-death") headers.set(name, field);
    // Only a message that brings no history of whatever kind gets these: they tell of its first death for ever.
    if (known === undefined) for (const [name, field] of firstDeathOf(death)) headers.set(name, field);
    return;
  }
  const here = (field: Field): boolean =>
    field.tag === "F" &&
    textOf(field.value.get("queue")) === death.queue &&
    textOf(field.value.get("reason")) === death.reason;
  const before = known.value.find(here);
  const others = known.value.filter((field) => !here(field));
  const entry = before?.tag === "F" ? countedUp(before.value) : info;
  headers.set("x-death", array([table(sorted(entry)), ...others]));
}

/** In `x-death`, of a message that has not died there before. */
export function entryOf(keys: readonly string[], expiration: string | undefined, death: Death): Table {
  const info = new Map<string, Field>([
    ["count", long(1)],
    ["reason", text(death.reason)],
    ["queue", text(death.queue)],
    ["time", seconds(Math.floor(death.time / 1000))],
    ["exchange", text(death.exchange)],
    ["routing-keys", array(keys.map(text))],
  ]);
  if (expiration !== undefined) info.set("original-expiration", text(expiration));
  return info;
}

/** What tells of a message's first death for ever. */
export const firstDeathOf = (death: Death): Table =>
  new Map([
    ["x-first-death-exchange", text(death.exchange)],
    ["x-first-death-queue", text(death.queue)],
    ["x-first-death-reason", text(death.reason)],
  ]);

/** Time, exchange and keys stay those of the first death there. */
function countedUp(entry: Table): Table {
  const count = entry.get("count");
  return new Map(entry).set("count", long(count?.tag === "l" ? count.value + 1n : 2));
}

function sorted(entry: Table): Table {
  return new Map([...entry].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function copies(headers: Table): readonly string[] {
  const cc = headers.get("CC");
  return cc?.tag === "A" ? cc.value.flatMap((field) => textOf(field) ?? []) : [];
}

function entries(headers: Table): readonly Table[] {
  const deaths = headers.get("x-death");
  return deaths?.tag === "A" ? deaths.value.flatMap((field) => (field.tag === "F" ? [field.value] : [])) : [];
}
