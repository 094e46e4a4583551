/**
 * One `Idempotency-Key` is one event: a repetition is answered as the first time, another payload under the same key
 * is refused. What was accepted lately is remembered here; what is older is asked of the store.
 */
import { createHash } from "node:crypto";
import { canonicalJson } from "@33god/bloodbank";
import type { EventStore } from "@33god/candystore";
import type { EventEnvelope } from "@33god/holyfields";
import { Problem } from "../http/problem.js";

const REMEMBERED = 10_000;

export class AcceptedOnce {
  readonly #digests = new Map<string, string>();
  /** By event id, those that are being sent right now; none of them rejects. */
  readonly #underway = new Map<string, Promise<unknown>>();

  /**
   * Sends it unless it was accepted before: then `undefined`. One that is being sent right now is waited for, and so
   * decides.
   *
   * @throws Problem `IDEMPOTENCY_CONFLICT` when another payload was accepted
   */
  async send<Sent>(
    event: EventEnvelope,
    store: EventStore | undefined,
    send: () => Promise<Sent>,
  ): Promise<Sent | undefined> {
    const { event_id: id } = event;
    while (this.#underway.has(id)) await this.#underway.get(id);
    const sending = this.#send(event, store, send);
    const forget = () => this.#underway.delete(id);
    this.#underway.set(id, sending.then(forget, forget));
    return sending;
  }

  async #send<Sent>(
    event: EventEnvelope,
    store: EventStore | undefined,
    send: () => Promise<Sent>,
  ): Promise<Sent | undefined> {
    if (await this.#isRepetition(event, store)) return undefined;
    const sent = await send();
    this.#remember(event);
    return sent;
  }

  async #isRepetition(event: EventEnvelope, store: EventStore | undefined): Promise<boolean> {
    const digest = this.#digests.get(event.event_id) ?? (await storedDigest(event, store));
    if (digest === undefined) return false;
    if (digest === digestOf(event)) return true;
    throw new Problem(
      "IDEMPOTENCY_CONFLICT",
      `${event.event_id} was accepted before, with another payload or type.`,
      {
        event_id: event.event_id,
      },
    );
  }

  #remember(event: EventEnvelope): void {
    this.#digests.set(event.event_id, digestOf(event));
    if (this.#digests.size > REMEMBERED) {
      const [oldest] = this.#digests.keys();
      if (oldest !== undefined) this.#digests.delete(oldest);
    }
  }
}

/** A store that is away does not keep events from being published: the same id makes no second event anyway. */
async function storedDigest(
  event: EventEnvelope,
  store: EventStore | undefined,
): Promise<string | undefined> {
  const found = await store?.get(event.event_id).catch(() => undefined);
  if (found === undefined) return undefined;
  const stored = found.event;
  return typeof stored === "object" && stored !== null && "payload" in stored
    ? digestOf({ event_type: found.event_type, payload: stored.payload })
    : "";
}

function digestOf({
  event_type,
  payload,
}: {
  readonly event_type: string;
  readonly payload: unknown;
}): string {
  return createHash("sha256")
    .update(`${event_type}\n${canonicalJson(payload)}`)
    .digest("base64");
}
