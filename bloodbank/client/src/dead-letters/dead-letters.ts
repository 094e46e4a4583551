/** The operator's side of failure: look at what was given up, send it again, correct it, or let it go. */
import type { EventEnvelope } from "@33god/holyfields";
import { validate as isUuid } from "uuid";
import type { BusOptions } from "../contract.js";
import { uuidv7 } from "../envelope/uuid-v7.js";
import { BloodbankError, ContractViolation, messageOf } from "../errors.js";
import { Link, type StartOptions } from "../link/link.js";
import type { WireClient } from "../link/wire-client.js";
import type { Publisher } from "../publish/publisher.js";
import { RawPublisher } from "../publish/raw-publisher.js";
import type {
  Act,
  ActResult,
  DeadLetter,
  DeadLetterQueue,
  EditResult,
  LetterFilter,
  LetterGroups,
  LetterPage,
  LetterSummary,
  QuarantinePage,
  QuarantineRequest,
  RedriveAct,
} from "./contract.js";
import { grouped } from "./grouped.js";
import { Kept } from "./kept.js";
import { letterOf, member, summaryOf, text } from "./letter.js";
import { Pace } from "./pace.js";
import { markOf, Quarantine } from "./quarantine.js";
import { type ActedOn, recordActs, refuseUnrecordable } from "./record-acts.js";
import { redriven } from "./redriven.js";
import { matcher, mayHold, refuseEmpty } from "./select.js";
import { ANSWER_BYTES, type Fetched, STEP, Walk } from "./walk.js";

/** Letters of one queue that are summed up at most. */
const SUMMED_UP = 10_000;

export interface DeadLettersSettings {
  /** Asked before each act: `findDeadLetterQueues` over the management API's answers, or a fixed list. */
  readonly queues: () => Promise<readonly DeadLetterQueue[]> | readonly DeadLetterQueue[];
  /** Publishes the acts, and corrected events. Its owner starts and closes it. */
  readonly publisher: Publisher;
  /** Where the embedded broker puts what admission turned away; asked before each look. */
  readonly quarantine?: () => Promise<DeadLetterQueue> | DeadLetterQueue;
}

/**
 * @example
 * const letters = new DeadLetters(bus, { publisher,
 *   queues: () => [{ name: "services.a.b.dlq", origins: ["services.a.b"] }] });
 * await letters.start();
 * await letters.redrive({ queue: "services.a.b" }, { actor: "jane", rate: 50 });
 * await letters.close();
 */
export class DeadLetters {
  readonly #bus: BusOptions;
  readonly #settings: DeadLettersSettings;
  readonly #link: Link;
  readonly #copies: RawPublisher;
  /** Two walks of one queue at the same time would each see half of it. */
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #kept = new Kept<readonly LetterSummary[]>();
  readonly #quarantine = new Quarantine();
  #client: WireClient | undefined;

  constructor(bus: BusOptions, settings: DeadLettersSettings) {
    this.#bus = bus;
    this.#settings = settings;
    this.#copies = new RawPublisher(bus);
    this.#link = new Link(bus, `${bus.source.app} dead letters`, {
      setUp: async (client) => {
        this.#client = client;
      },
      down: () => {
        this.#client = undefined;
        // A broker that was started again counts what comes anew.
        this.#forget();
      },
    });
  }

  get connected(): boolean {
    return this.#link.up;
  }

  /** Connects. Rejects with nothing left open. */
  async start(options?: StartOptions): Promise<void> {
    try {
      await Promise.all([this.#link.start(options), this.#copies.start(options)]);
    } catch (error) {
      await Promise.all([this.#link.close(), this.#copies.close()]);
      throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#turns.values()]);
    await Promise.all([this.#link.close(), this.#copies.close()]);
    this.#forget();
  }

  #forget(): void {
    this.#kept.forgetAll();
    this.#quarantine.forget();
  }

  /** The letters that agree with the filter, queue by queue, oldest first. */
  async list(filter: LetterFilter = {}, limit = 500): Promise<LetterPage> {
    const found: DeadLetter[] = [];
    let total = 0;
    let bytes = 0;
    let complete = true;
    const matches = matcher(filter);
    for (const queue of await this.#settings.queues()) {
      await this.#walk(queue.name, async (walk) => {
        total += walk.left;
        if (!mayHold(queue, filter)) return;
        while (walk.left > 0 && found.length < limit && bytes < ANSWER_BYTES) {
          for (const { delivery } of await walk.next(Math.min(STEP, limit))) {
            const letter = letterOf(delivery, queue);
            if (!matches(letter) || found.length >= limit) continue;
            found.push(letter);
            bytes += delivery.body.byteLength;
          }
        }
        if (walk.left > 0) complete = false;
      });
    }
    return { dead_letters: found, total, complete };
  }

  /**
   * The same without what the letters hold, of the oldest 10,000 of each queue. A queue is read again only where
   * something came or went since, so this may be asked as often as one likes.
   */
  async summaries(filter: LetterFilter = {}): Promise<LetterPage<LetterSummary>> {
    const found: LetterSummary[] = [];
    let total = 0;
    let complete = true;
    const matches = matcher(filter);
    for (const queue of await this.#settings.queues())
      await this.#walk(queue.name, async (walk) => {
        const count = walk.left;
        total += count;
        if (!mayHold(queue, filter)) return;
        const letters = await this.#summed(walk, queue);
        if (letters.length < count) complete = false;
        for (const letter of letters) if (matches(letter)) found.push(letter);
      });
    return { dead_letters: found, total, complete };
  }

  /** Letters that died of the same thing, as often to be asked as `summaries`. */
  async groups(filter: LetterFilter = {}): Promise<LetterGroups> {
    const { dead_letters, ...counts } = await this.summaries(filter);
    return { groups: grouped(dead_letters), ...counts };
  }

  /** One letter, whole. */
  async show(id: string): Promise<DeadLetter | undefined> {
    const { dead_letters } = await this.list({ ids: [id] }, 1);
    return dead_letters[0];
  }

  /** How many letters an act with this filter would reach now. */
  async preview(filter: LetterFilter): Promise<number> {
    let count = 0;
    await this.#eachMatching(filter, async (_walk, letters) => {
      count += letters.length;
      return true;
    });
    return count;
  }

  /**
   * Sends each letter back to the queue that it died in, to that queue alone, as it was before it failed: its
   * attempts count from the beginning. Letters that die meanwhile are not touched.
   *
   * @throws BloodbankError `EMPTY_FILTER` when nothing was chosen and `all` was not said
   * @throws ContractViolation when the act could not be recorded, as for want of an actor; nothing was sent then
   */
  async redrive(filter: LetterFilter, act: RedriveAct): Promise<ActResult> {
    refuseEmpty(filter);
    refuseUnrecordable(this.#bus, "bloodbank.dead_letter.redriven", filter, act);
    const pace = new Pace(act.rate);
    const done: ActedOn[] = [];
    const failed: { id: string; reason: string }[] = [];
    try {
      await this.#eachMatching(filter, async (walk, letters) => {
        const send = async ([{ delivery, tag }, letter]: (typeof letters)[number]) => {
          try {
            const { routed } = await this.#copies.send(redriven(delivery, letter.queue));
            if (!routed) throw new BloodbankError("UNROUTABLE_COPY", `${letter.queue} does not exist`);
            await walk.ack(tag);
            done.push({ queue: letter.queue, event_id: letter.event_id });
          } catch (error) {
            failed.push({ id: letter.id, reason: messageOf(error) });
          }
          act.onProgress?.({ done: done.length, failed: failed.length });
        };
        const sending: Promise<void>[] = [];
        // One waits at a time: a hundred would each listen to the signal.
        for (const one of letters) {
          await pace.turn(act.signal);
          if (act.signal?.aborted) break;
          sending.push(send(one));
        }
        await Promise.all(sending);
        return act.signal?.aborted !== true;
      });
    } finally {
      await recordActs(this.#settings.publisher, "bloodbank.dead_letter.redriven", done, filter, act);
    }
    return { count: done.length, event_ids: idsOf(done), failed };
  }

  /**
   * Publishes a corrected event in a letter's place: checked against its contract, with an id of its own, and the
   * letter's event as its cause. The letter's body is kept in the act's event.
   *
   * @throws BloodbankError `DEAD_LETTER_NOT_FOUND`
   * @throws ContractViolation when the corrected event breaks its contract; the letter stays
   */
  async edit(id: string, corrected: unknown, act: Act): Promise<EditResult> {
    refuseUnrecordable(this.#bus, "bloodbank.dead_letter.edited", { ids: [id] }, act);
    const { publisher } = this.#settings;
    let result: EditResult | undefined;
    await this.#eachMatching({ ids: [id] }, async (walk, [first]) => {
      if (first === undefined) return true;
      const [{ tag }, letter] = first;
      const event = this.#asNewEvent(corrected, letter);
      const { routed } = await publisher.publishEvent(event);
      result = { event, routed };
      await recordActs(publisher, "bloodbank.dead_letter.edited", [letter], { ids: [id] }, act, {
        original: letter.event,
        corrected_event_id: event.event_id,
      });
      await walk.ack(tag);
      return false;
    });
    if (result === undefined) throw notFound(id);
    return result;
  }

  /**
   * Lets letters go for good. The act is recorded before the first one goes.
   *
   * @throws BloodbankError `REASON_REQUIRED`, `EMPTY_FILTER`
   */
  async discard(filter: LetterFilter, act: Act): Promise<ActResult> {
    refuseEmpty(filter);
    if (text(act.reason?.trim()) === undefined) throw new BloodbankError("REASON_REQUIRED");
    const done: ActedOn[] = [];
    await this.#eachMatching(filter, async (walk, letters) => {
      const gone = letters.map(([, { queue, event_id }]) => ({ queue, event_id }));
      await recordActs(this.#settings.publisher, "bloodbank.dead_letter.discarded", gone, filter, act);
      for (const [{ tag }] of letters) await walk.ack(tag);
      done.push(...gone);
      return true;
    });
    return { count: done.length, event_ids: idsOf(done), failed: [] };
  }

  /**
   * What admission turned away; empty where no broker keeps a quarantine. Looks through all of it, unless the oldest are
   * asked for.
   *
   * @throws BloodbankError `INVALID_CURSOR`
   */
  async quarantined(request: QuarantineRequest = {}): Promise<QuarantinePage> {
    const mark = markOf(request);
    const queue = await this.#settings.quarantine?.();
    let page: QuarantinePage = { quarantined: [], total: 0 };
    if (queue !== undefined)
      await this.#walk(queue.name, async (walk) => {
        page = await this.#quarantine.page(walk, queue, request, mark);
      });
    return page;
  }

  #asNewEvent(corrected: unknown, letter: DeadLetter): EventEnvelope {
    if (typeof corrected !== "object" || corrected === null)
      throw new BloodbankError("MALFORMED_JSON", "The corrected event is not a JSON object.");
    const named = member(corrected, "correlation_ids");
    const causes = new Set<unknown>(Array.isArray(named) ? named : []);
    if (letter.event_id !== null && isUuid(letter.event_id)) causes.add(letter.event_id);
    const event = { ...corrected, event_id: uuidv7(), correlation_ids: [...causes] };
    const verdict = this.#bus.catalog.validate(event, text(member(event, "event_type")));
    if (!verdict.valid) throw new ContractViolation(verdict);
    return verdict.event;
  }

  /** Calls `visit` with those of each step that agree, until it returns false. Those that are not acked stay. */
  async #eachMatching(
    filter: LetterFilter,
    visit: (walk: Walk, letters: readonly (readonly [Fetched, DeadLetter])[]) => Promise<boolean>,
  ): Promise<void> {
    const matches = matcher(filter);
    let going = true;
    // Who names letters is done with the last one: what lies behind it is not fetched.
    let wanted = filter.ids?.length ?? Number.POSITIVE_INFINITY;
    for (const queue of await this.#settings.queues()) {
      if (!going || !mayHold(queue, filter)) continue;
      await this.#walk(queue.name, async (walk) => {
        while (going && walk.left > 0) {
          const letters: (readonly [Fetched, DeadLetter])[] = [];
          for (const fetched of await walk.next(STEP)) {
            const letter = letterOf(fetched.delivery, queue);
            if (matches(letter)) letters.push([fetched, letter]);
          }
          wanted -= letters.length;
          if (letters.length > 0) going = (await visit(walk, letters)) && wanted > 0;
        }
      });
    }
  }

  /** Who comes while another one reads waits for its turn, and finds what was read. */
  async #summed(walk: Walk, queue: DeadLetterQueue): Promise<readonly LetterSummary[]> {
    // What came after `queues` was asked is read, and not counted in its arrivals: the next one reads it again.
    const standing = { count: walk.left, arrivals: queue.arrivals };
    const kept = this.#kept.get(queue.name, standing);
    if (kept !== undefined) return kept;
    const letters: LetterSummary[] = [];
    while (walk.left > 0 && letters.length < SUMMED_UP)
      for (const { delivery } of await walk.next(STEP)) letters.push(summaryOf(delivery, queue));
    this.#kept.keep(queue.name, standing, letters);
    return letters;
  }

  /** One walk a queue at a time. A queue that is gone is passed over. */
  async #walk(queue: string, work: (walk: Walk) => Promise<void>): Promise<void> {
    const before = this.#turns.get(queue);
    const turn = (async () => {
      await before?.catch(() => undefined);
      const client = this.#client;
      if (!this.#link.started) throw new BloodbankError("NOT_STARTED");
      if (client === undefined) throw new BloodbankError("BROKER_UNREACHABLE");
      const walk = await Walk.begin(client, queue);
      if (walk === undefined) return;
      try {
        await work(walk);
      } finally {
        if (walk.took) this.#kept.forget(queue);
        await walk.end();
      }
    })();
    const settled = turn.catch(() => undefined);
    this.#turns.set(queue, settled);
    await turn.finally(() => {
      if (this.#turns.get(queue) === settled) this.#turns.delete(queue);
    });
  }
}

const notFound = (id: string): BloodbankError =>
  new BloodbankError(
    "DEAD_LETTER_NOT_FOUND",
    `No dead letter ${id}: it was redriven, discarded, or never here.`,
  );

const idsOf = (letters: readonly ActedOn[]): string[] => [
  ...new Set(letters.map(({ event_id }) => event_id).filter((id): id is string => id !== null)),
];
