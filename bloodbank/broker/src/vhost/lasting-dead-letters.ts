import type { DeathReason } from "../dead-letter/index.js";
import type { BrokerError } from "../errors.js";
import type { Publication } from "../exchange/publication.js";
import { makeRoute, type Route } from "../exchange/route.js";
import type { CommitWaiter } from "../log/message-log.js";
import type { Queue } from "../queue/queue.js";
import { deadPublication } from "./dead-publication.js";
import { enqueue, OUTCOME } from "./enqueue.js";
import type { VirtualHost } from "./virtual-host.js";

/**
 * Dead letters of queues with `dead-letter-strategy: at-least-once`: the message stays in its queue, dying, until every
 * queue that its dead letter is routed to has it (on disk, where it is to survive). Where a target refuses it because
 * it is full, it waits for room there; where it is routed nowhere, for another topology. Nothing drops it but its own queue's deletion.
 *
 * A letter is: not routed (`#unrouted`) → at its targets (waiting in `#full`, being written, or both) → buried.
 */
export class LastingDeadLetters implements CommitWaiter {
  batch = 0;
  readonly #vhost: VirtualHost;
  /** What waits for room, by the queue that is full, in the order of the deaths. */
  readonly #full = new Map<Queue, Letter[]>();
  #unrouted: Letter[] = [];
  #written: Letter[] = [];
  #committing: Letter[] = [];
  #rerouting = false;
  #stopped = false;

  constructor(vhost: VirtualHost) {
    this.#vhost = vhost;
  }

  send(queue: Queue, handle: number, reason: DeathReason): void {
    const time = this.#vhost.core.clock.now();
    this.#route({ queue, handle, reason, time, open: [], writing: 0, arrived: false, state: "waiting" });
  }

  /** Exchanges, queues, bindings or policies have changed: what had nowhere to go may have now. */
  topologyChanged(): void {
    if (this.#unrouted.length === 0 || this.#rerouting) return;
    this.#rerouting = true;
    setImmediate(() => this.#reroute(this.#unrouted.splice(0)));
  }

  /** The queue is deleted, and all that died in it. */
  forget(queue: Queue): void {
    const others = (letter: Letter): boolean => letter.queue !== queue;
    this.#unrouted = this.#unrouted.filter(others);
    for (const [target, letters] of this.#full) this.#full.set(target, letters.filter(others));
  }

  stop(): void {
    this.#stopped = true;
  }

  commitStarts(): void {
    this.#committing = this.#written;
    this.#written = [];
  }

  committed(failure: BrokerError | undefined): void {
    const done = this.#committing;
    this.#committing = [];
    // They are not on disk: their originals stay there, and a restart brings them back.
    if (failure) return;
    for (const letter of done) {
      letter.writing--;
      this.#buryIfDone(letter);
    }
  }

  #reroute(letters: Letter[], from = 0): void {
    const to = Math.min(letters.length, from + LETTERS_A_TURN);
    for (let i = from; i < to; i++) this.#route(letters[i]!);
    if (to < letters.length && !this.#stopped) setImmediate(() => this.#reroute(letters, to));
    else this.#rerouting = false;
  }

  #route(letter: Letter): void {
    this.#attempt(letter, (route) => {
      // Who comes to a queue where others wait for room goes behind them. Any room will do: a letter that is larger than all
      // that its target may hold would keep them there for ever.
      letter.open = route.queues.filter((target) => this.#full.has(target) || target.refuses());
      for (const target of letter.open) this.#await(target, letter);
      return route.queues.filter((target) => !letter.open.includes(target));
    });
  }

  #await(target: Queue, letter: Letter): void {
    const letters = this.#full.get(target);
    if (letters) letters.push(letter);
    else {
      this.#full.set(target, [letter]);
      target.limits.awaitRoom(() => setImmediate(() => this.#fill(target)));
    }
  }

  /** The target has room, or is gone. */
  #fill(target: Queue): void {
    const letters = this.#full.get(target)!;
    let next = 0;
    while (next < letters.length && next < LETTERS_A_TURN && !this.#stopped) {
      if (!target.deleted && target.refuses()) break;
      const letter = letters[next++]!;
      letter.open = letter.open.filter((other) => other !== target);
      if (!target.deleted) this.#attempt(letter, () => [target]);
      else if (letter.open.length > 0 || letter.writing > 0 || letter.arrived) this.#buryIfDone(letter);
      else this.#route(letter);
    }
    letters.splice(0, next);
    if (letters.length === 0) this.#full.delete(target);
    else if (next === LETTERS_A_TURN || target.deleted) setImmediate(() => this.#fill(target));
    else target.limits.awaitRoom(() => setImmediate(() => this.#fill(target)));
  }

  /** Into those queues of its route that `targets` picks, which have room. */
  #attempt(letter: Letter, targets: (route: Route) => readonly Queue[]): void {
    const { queue, handle } = letter;
    if (queue.deleted || letter.state !== "waiting") return;
    // Nobody wants to hear of the dead any more.
    if (queue.settings.deadLetterExchange === undefined) {
      this.#bury(letter);
      return;
    }
    try {
      const dead = deadPublication(this.#vhost, queue.refOf(handle), letter);
      const queues = dead ? targets(dead.route) : [];
      if (dead && queues.length > 0) this.#publish(letter, dead.publication, dead.route, queues);
      else if (letter.open.length === 0) this.#unrouted.push(letter);
    } catch (error) {
      // The log takes nothing more, or the message cannot be read: it stays where it is until the next start.
      letter.state = "stuck";
      this.#vhost.core.report(
        "error",
        `a dead letter of queue '${queue.name}' in vhost '${this.#vhost.name}' could not be moved: ${(error as Error).message}`,
      );
    }
  }

  #publish(letter: Letter, publication: Publication, route: Route, queues: readonly Queue[]): void {
    const { core } = this.#vhost;
    const open = makeRoute(route.exchange, queues, false);
    const outcome = enqueue(core, publication, { ...open, mayRefuse: false });
    letter.arrived = true;
    if (outcome & OUTCOME.STORED) {
      letter.writing++;
      this.#written.push(letter);
      core.store.log.awaitCommit(this, "later");
    } else this.#buryIfDone(letter);
  }

  #buryIfDone(letter: Letter): void {
    if (letter.state === "waiting" && letter.open.length === 0 && letter.writing === 0) this.#bury(letter);
  }

  #bury(letter: Letter): void {
    letter.state = "buried";
    letter.queue.buried(letter.handle);
  }
}

interface Letter {
  readonly queue: Queue;
  readonly handle: number;
  readonly reason: DeathReason;
  readonly time: number;
  /** Where it waits for room. */
  open: Queue[];
  /** Copies that are not on disk yet. */
  writing: number;
  /** Some queue has it. */
  arrived: boolean;
  /** `stuck`: until the next start. */
  state: "waiting" | "stuck" | "buried";
}

const LETTERS_A_TURN = 500;
