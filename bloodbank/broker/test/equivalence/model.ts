/**
 * AMQP as RabbitMQ practises it, small and pure: lists and nothing else. It says what each step answers, and what every
 * queue, consumer and channel holds afterwards.
 */
import { type ChannelNumber, DEAD, QUEUE_KINDS, type QueueKind, type Step } from "./step.js";

interface Message {
  readonly body: string;
  /** Its time to live is none at all. */
  readonly expires: boolean;
  /** Where it stood first, to return to. */
  readonly position: number;
  redelivered: boolean;
}

interface Queue {
  readonly name: string;
  readonly kind: keyof typeof QUEUE_KINDS;
  ready: Message[];
  consumer: Consumer | undefined;
  next: number;
}

interface Consumer {
  readonly channel: ChannelNumber;
  readonly prefetch: number;
  readonly noAck: boolean;
  readonly delivered: string[];
}

interface Unsettled {
  readonly queue: Queue;
  readonly message: Message;
  readonly channel: ChannelNumber;
  readonly consumer: Consumer | undefined;
}

export interface DeadLetter {
  readonly body: string;
  readonly queue: string;
  readonly reason: "rejected" | "expired" | "maxlen";
}

/** What can be seen of a broker between two steps. */
export interface View {
  /** Ready messages and consumers, of each queue that exists. */
  readonly queues: Readonly<Record<string, { readonly ready: number; readonly consumers: number }>>;
  /** What each consumer was given since it came, with `*` for what came again. */
  readonly delivered: Readonly<Record<string, readonly string[]>>;
  readonly dead: number;
}

export class Model {
  readonly #queues = new Map<string, Queue>();
  readonly #exchanges = new Map<string, "direct" | "topic" | "fanout">();
  #bindings: { readonly exchange: string; readonly queue: Queue; readonly key: string }[] = [];
  #unsettled: Unsettled[] = [];
  readonly dead: DeadLetter[] = [];
  #published = 0;

  /** The answer: `ok`, a reply code, or what became of each message. */
  apply(step: Step): string {
    switch (step.act) {
      case "declare queue": {
        const existing = this.#queues.get(step.queue);
        if (existing !== undefined) return sameKind(existing.kind, step.kind) ? "ok" : "406";
        this.#queues.set(step.queue, {
          name: step.queue,
          kind: step.kind,
          ready: [],
          consumer: undefined,
          next: 0,
        });
        return "ok";
      }
      case "delete queue":
        this.#deleteQueue(step.queue);
        return "ok";
      case "purge": {
        const queue = this.#queues.get(step.queue);
        if (queue === undefined) return "404";
        queue.ready = [];
        return "ok";
      }
      case "declare exchange": {
        const existing = this.#exchanges.get(step.exchange);
        if (existing !== undefined) return existing === step.type ? "ok" : "406";
        this.#exchanges.set(step.exchange, step.type);
        return "ok";
      }
      case "delete exchange":
        this.#exchanges.delete(step.exchange);
        this.#bindings = this.#bindings.filter(({ exchange }) => exchange !== step.exchange);
        return "ok";
      case "bind":
      case "unbind":
        return this.#rebind(step);
      case "publish":
        return this.#publish(step);
      case "get":
        return this.#get(step);
      case "consume":
        return this.#consume(step);
      case "cancel": {
        const queue = this.#queues.get(step.queue);
        if (queue?.consumer !== undefined) queue.consumer = undefined;
        return "ok";
      }
      case "settle":
        return this.#settle(step.nth, step.how);
      case "close channel":
        this.#closeChannel(step.channel);
        return "ok";
    }
  }

  /** What `settle` would settle. */
  unsettled(
    nth: number,
  ): { readonly queue: string; readonly body: string; readonly channel: ChannelNumber } | undefined {
    const one = this.#unsettled[nth % Math.max(1, this.#unsettled.length)];
    return one && { queue: one.queue.name, body: one.message.body, channel: one.channel };
  }

  /** Whether a queue of that name has a consumer; the runs never give it a second one. */
  isConsumed(queue: string): boolean {
    return this.#queues.get(queue)?.consumer !== undefined;
  }

  view(): View {
    const queues: Record<string, { ready: number; consumers: number }> = {};
    const delivered: Record<string, readonly string[]> = {};
    for (const queue of this.#queues.values()) {
      queues[queue.name] = { ready: queue.ready.length, consumers: queue.consumer === undefined ? 0 : 1 };
      if (queue.consumer !== undefined) delivered[queue.name] = queue.consumer.delivered;
    }
    return { queues, delivered, dead: this.dead.length };
  }

  /** Everything that is left, in order, once all channels are closed. */
  leftovers(): Readonly<Record<string, readonly string[]>> {
    for (const channel of [0, 1] as const) this.#closeChannel(channel);
    const left: Record<string, readonly string[]> = {};
    for (const queue of this.#queues.values()) {
      // What has expired comes to the head as the queue is emptied.
      for (const message of queue.ready) if (message.expires) this.#bury(queue, message, "expired");
      left[queue.name] = queue.ready.filter(({ expires }) => !expires).map(shown);
    }
    return left;
  }

  #rebind(step: Extract<Step, { act: "bind" | "unbind" }>): string {
    const queue = this.#queues.get(step.queue);
    const known = queue !== undefined && this.#exchanges.has(step.exchange);
    // Undoing what cannot be is done already.
    if (!known) return step.act === "bind" ? "404" : "ok";
    const others = this.#bindings.filter(
      (binding) =>
        !(binding.exchange === step.exchange && binding.queue === queue && binding.key === step.key),
    );
    this.#bindings =
      step.act === "bind" ? [...others, { exchange: step.exchange, queue, key: step.key }] : others;
    return "ok";
  }

  #publish({ exchange, key, count, mandatory, expires }: Extract<Step, { act: "publish" }>): string {
    const bodies = Array.from({ length: count }, () => `m${this.#published++}`);
    if (exchange !== undefined && !this.#exchanges.has(exchange)) return "404";
    const route = this.#route(exchange, key);
    return bodies
      .map((body) => {
        if (route.length === 0) return mandatory ? "returned" : "ack";
        // Every queue is asked, whatever the others say.
        const taken = route.map((queue) => this.#enqueue(queue, body, expires));
        return taken.every((one) => one) ? "ack" : "nack";
      })
      .join(" ");
  }

  #route(exchange: string | undefined, key: string): readonly Queue[] {
    if (exchange === undefined) {
      const queue = this.#queues.get(key);
      return queue === undefined ? [] : [queue];
    }
    const type = this.#exchanges.get(exchange);
    const matching = this.#bindings.filter(
      (binding) =>
        binding.exchange === exchange &&
        (type === "fanout" || (type === "direct" ? binding.key === key : topicMatches(binding.key, key))),
    );
    return [...new Set(matching.map(({ queue }) => queue))];
  }

  /** False: the queue is full and refuses. */
  #enqueue(queue: Queue, body: string, expires: boolean): boolean {
    const { maxLength, overflow }: QueueKind = QUEUE_KINDS[queue.kind];
    const message = { body, expires, position: queue.next++, redelivered: false };
    if (queue.ready.length === 0 && this.#canTake(queue)) {
      this.#deliver(queue, message);
      return true;
    }
    if (overflow === "reject-publish" && maxLength !== undefined && queue.ready.length >= maxLength)
      return false;
    queue.ready.push(message);
    this.#shorten(queue);
    this.#serve(queue);
    return true;
  }

  #shorten(queue: Queue): void {
    const { maxLength, overflow }: QueueKind = QUEUE_KINDS[queue.kind];
    if (maxLength === undefined || overflow !== undefined) return;
    while (queue.ready.length > maxLength) this.#bury(queue, queue.ready.shift() as Message, "maxlen");
  }

  /** Drops what has expired at the head, and hands out what can be. */
  #serve(queue: Queue): void {
    for (;;) {
      while (queue.ready[0]?.expires) this.#bury(queue, queue.ready.shift() as Message, "expired");
      if (queue.ready.length === 0 || !this.#canTake(queue)) return;
      this.#deliver(queue, queue.ready.shift() as Message);
    }
  }

  #canTake(queue: Queue): boolean {
    const { consumer } = queue;
    if (consumer === undefined) return false;
    if (consumer.noAck || consumer.prefetch === 0) return true;
    return this.#unsettled.filter((one) => one.consumer === consumer).length < consumer.prefetch;
  }

  #deliver(queue: Queue, message: Message): void {
    const consumer = queue.consumer as Consumer;
    consumer.delivered.push(shown(message));
    if (!consumer.noAck)
      this.#unsettled.push({
        queue,
        message: { ...message, redelivered: true },
        channel: consumer.channel,
        consumer,
      });
  }

  #bury(queue: Queue, { body }: Message, reason: DeadLetter["reason"]): void {
    const { deadLetters }: QueueKind = QUEUE_KINDS[queue.kind];
    if (deadLetters) this.dead.push({ body, queue: queue.name, reason });
  }

  #get({ queue: name, channel }: Extract<Step, { act: "get" }>): string {
    const queue = this.#queues.get(name);
    if (queue === undefined) {
      this.#closeChannel(channel);
      return "404";
    }
    this.#serve(queue);
    const message = queue.ready.shift();
    if (message === undefined) return "empty";
    this.#unsettled.push({ queue, message: { ...message, redelivered: true }, channel, consumer: undefined });
    this.#serve(queue);
    return shown(message);
  }

  #consume({ queue: name, channel, prefetch, noAck }: Extract<Step, { act: "consume" }>): string {
    const queue = this.#queues.get(name);
    if (queue === undefined) {
      this.#closeChannel(channel);
      return "404";
    }
    queue.consumer = { channel, prefetch, noAck, delivered: [] };
    this.#serve(queue);
    return "ok";
  }

  #settle(nth: number, how: "ack" | "requeue" | "reject"): string {
    const at = nth % Math.max(1, this.#unsettled.length);
    const [one] = this.#unsettled.splice(at, 1);
    if (one === undefined) return "nothing";
    const { queue, message } = one;
    if (this.#queues.get(queue.name) !== queue) return "ok";
    if (how === "reject") this.#bury(queue, message, "rejected");
    if (how === "requeue") this.#requeue(queue, [message]);
    this.#serve(queue);
    return "ok";
  }

  #requeue(queue: Queue, messages: readonly Message[]): void {
    queue.ready = [...queue.ready, ...messages].sort((a, b) => a.position - b.position);
    this.#shorten(queue);
  }

  #closeChannel(channel: ChannelNumber): void {
    for (const queue of this.#queues.values())
      if (queue.consumer?.channel === channel) queue.consumer = undefined;
    const held = this.#unsettled.filter((one) => one.channel === channel);
    this.#unsettled = this.#unsettled.filter((one) => one.channel !== channel);
    for (const queue of this.#queues.values()) {
      this.#requeue(
        queue,
        held.filter((one) => one.queue === queue).map(({ message }) => message),
      );
      this.#serve(queue);
    }
  }

  #deleteQueue(name: string): void {
    const queue = this.#queues.get(name);
    this.#queues.delete(name);
    this.#bindings = this.#bindings.filter((binding) => binding.queue !== queue);
  }
}

function shown({ body, redelivered }: Message): string {
  return redelivered ? `${body}*` : body;
}

function sameKind(a: keyof typeof QUEUE_KINDS, b: keyof typeof QUEUE_KINDS): boolean {
  return JSON.stringify(QUEUE_KINDS[a]) === JSON.stringify(QUEUE_KINDS[b]);
}

function topicMatches(pattern: string, key: string): boolean {
  return pattern === "#" || pattern === key || (pattern === "a.*" && key === "a.b");
}

export { DEAD };
