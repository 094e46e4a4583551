/** Runs the steps on a real broker, by amqplib, and looks at it as the model is looked at. */
import { randomUUID } from "node:crypto";
import amqp, {
  type Channel,
  type ChannelModel,
  type ConfirmChannel,
  type GetMessage,
  type Message,
} from "amqplib";
import type { DeadLetter, Model, View } from "./model.js";
import {
  type ChannelNumber,
  DEAD,
  EXCHANGES,
  QUEUE_KINDS,
  QUEUES,
  type QueueKind,
  type Step,
} from "./step.js";

interface WorkChannel {
  readonly channel: Channel;
  /** By queue and body. */
  readonly unsettled: Map<string, Message>;
}

export class Driver {
  readonly #connection: ChannelModel;
  /** Keeps runs on one broker apart. */
  readonly #prefix = `${randomUUID()}.`;
  readonly #work = new Map<ChannelNumber, WorkChannel>();
  readonly #consumers = new Map<
    string,
    { readonly tag: string; readonly channel: ChannelNumber; readonly delivered: string[] }
  >();
  #admin: Channel | undefined;
  #publisher: ConfirmChannel | undefined;
  #returned = new Set<string>();
  #published = 0;

  static async open(url: string): Promise<Driver> {
    // Nagle's algorithm would hold most steps back for 40 ms.
    const driver = new Driver(await amqp.connect(url, { noDelay: true }));
    await (await driver.#adminChannel()).assertQueue(driver.#named(DEAD));
    return driver;
  }

  private constructor(connection: ChannelModel) {
    this.#connection = connection;
    connection.on("error", () => undefined);
  }

  /** The answer, in the model's words. What a settle settles is named by the model. */
  async apply(step: Step, settles: ReturnType<Model["unsettled"]>): Promise<string> {
    switch (step.act) {
      case "declare queue":
        return this.#admit((channel) =>
          channel.assertQueue(this.#named(step.queue), {
            durable: true,
            arguments: this.#arguments(QUEUE_KINDS[step.kind]),
          }),
        );
      case "delete queue": {
        const answer = await this.#admit((channel) => channel.deleteQueue(this.#named(step.queue)));
        this.#consumers.delete(step.queue);
        return answer;
      }
      case "purge":
        return this.#admit((channel) => channel.purgeQueue(this.#named(step.queue)));
      case "declare exchange":
        return this.#admit((channel) => channel.assertExchange(this.#named(step.exchange), step.type));
      case "delete exchange":
        return this.#admit((channel) => channel.deleteExchange(this.#named(step.exchange)));
      case "bind":
        return this.#admit((channel) =>
          channel.bindQueue(this.#named(step.queue), this.#named(step.exchange), step.key),
        );
      case "unbind":
        return this.#admit((channel) =>
          channel.unbindQueue(this.#named(step.queue), this.#named(step.exchange), step.key),
        );
      case "publish":
        return this.#publish(step);
      case "get":
        return this.#get(step);
      case "consume":
        return this.#consume(step);
      case "cancel": {
        const consumer = this.#consumers.get(step.queue);
        this.#consumers.delete(step.queue);
        if (consumer !== undefined)
          await (await this.#workChannel(consumer.channel)).channel.cancel(consumer.tag);
        return "ok";
      }
      case "settle": {
        if (settles === undefined) return "nothing";
        const { channel, unsettled } = await this.#workChannel(settles.channel);
        const key = `${settles.queue} ${settles.body}`;
        const message = unsettled.get(key);
        if (message === undefined) return `${key} was never delivered`;
        unsettled.delete(key);
        if (step.how === "ack") channel.ack(message);
        else channel.nack(message, false, step.how === "requeue");
        return "ok";
      }
      case "close channel":
        await this.#closeChannel(step.channel);
        return "ok";
    }
  }

  /** What `view` of the model shows, of the queues that it knows. */
  async view(expected: View): Promise<View> {
    const channel = await this.#adminChannel();
    const queues: Record<string, { ready: number; consumers: number }> = {};
    for (const name of Object.keys(expected.queues)) {
      const { messageCount, consumerCount } = await channel.checkQueue(this.#named(name));
      queues[name] = { ready: messageCount, consumers: consumerCount };
    }
    const delivered: Record<string, readonly string[]> = {};
    for (const [queue, consumer] of this.#consumers) delivered[queue] = [...consumer.delivered];
    const dead = (await channel.checkQueue(this.#named(DEAD))).messageCount;
    return { queues, delivered, dead };
  }

  /** Everything that is left, once all channels are closed. */
  async leftovers(queues: readonly string[]): Promise<Readonly<Record<string, readonly string[]>>> {
    const left: Record<string, readonly string[]> = {};
    for (const queue of queues) left[queue] = (await this.#drain(queue)).map(shown);
    return left;
  }

  async dead(): Promise<readonly DeadLetter[]> {
    return (await this.#drain(DEAD)).map((message) => {
      const [death] = (message.properties.headers?.["x-death"] ?? []) as {
        queue: string;
        reason: DeadLetter["reason"];
      }[];
      return {
        body: message.content.toString(),
        queue: String(death?.queue).slice(this.#prefix.length),
        reason: death?.reason as DeadLetter["reason"],
      };
    });
  }

  async close(): Promise<void> {
    const channel = await this.#adminChannel();
    for (const name of [...QUEUES, DEAD]) await channel.deleteQueue(this.#named(name));
    for (const name of EXCHANGES) await channel.deleteExchange(this.#named(name));
    await this.#connection.close();
  }

  #named(name: string): string {
    return this.#prefix + name;
  }

  #arguments(kind: QueueKind): object {
    return {
      ...(kind.maxLength === undefined ? {} : { "x-max-length": kind.maxLength }),
      ...(kind.overflow === undefined ? {} : { "x-overflow": kind.overflow }),
      ...(kind.deadLetters === undefined
        ? {}
        : { "x-dead-letter-exchange": "", "x-dead-letter-routing-key": this.#named(DEAD) }),
    };
  }

  async #adminChannel(): Promise<Channel> {
    this.#admin ??= await this.#open();
    return this.#admin;
  }

  async #open(): Promise<Channel> {
    const channel = await this.#connection.createChannel();
    channel.on("error", () => undefined);
    return channel;
  }

  /** On a channel of its own: a refusal costs it, and nothing that hangs on others. */
  async #admit(act: (channel: Channel) => Promise<unknown>): Promise<string> {
    try {
      await act(await this.#adminChannel());
      return "ok";
    } catch (error) {
      this.#admin = undefined;
      return codeOf(error);
    }
  }

  async #publish(step: Extract<Step, { act: "publish" }>): Promise<string> {
    const bodies = Array.from({ length: step.count }, () => `m${this.#published++}`);
    if (this.#publisher === undefined) {
      const opened = await this.#connection.createConfirmChannel();
      opened.on("error", () => undefined);
      opened.on("return", (message) => this.#returned.add(message.content.toString()));
      this.#publisher = opened;
    }
    const publisher = this.#publisher;
    const missing = new Promise<string>((resolve) =>
      publisher.once("error", (error) => resolve(codeOf(error))),
    );
    const exchange = step.exchange === undefined ? "" : this.#named(step.exchange);
    const key = step.exchange === undefined ? this.#named(step.key) : step.key;
    const answers = bodies.map(
      (body) =>
        new Promise<string>((resolve) =>
          publisher.publish(
            exchange,
            key,
            Buffer.from(body),
            { persistent: true, mandatory: step.mandatory, ...(step.expires ? { expiration: "0" } : {}) },
            (refused) => resolve(refused ? "nack" : this.#returned.has(body) ? "returned" : "ack"),
          ),
        ),
    );
    const answer = await Promise.race([missing, Promise.all(answers).then((all) => all.join(" "))]);
    if (/^\d+$/.test(answer)) this.#publisher = undefined;
    return answer;
  }

  async #get(step: Extract<Step, { act: "get" }>): Promise<string> {
    const { channel, unsettled } = await this.#workChannel(step.channel);
    try {
      const message = await channel.get(this.#named(step.queue));
      if (message === false) return "empty";
      unsettled.set(`${step.queue} ${message.content.toString()}`, message);
      return shown(message);
    } catch (error) {
      this.#lost(step.channel);
      return codeOf(error);
    }
  }

  async #consume(step: Extract<Step, { act: "consume" }>): Promise<string> {
    const { channel, unsettled } = await this.#workChannel(step.channel);
    const delivered: string[] = [];
    try {
      await channel.prefetch(step.prefetch);
      const { consumerTag } = await channel.consume(
        this.#named(step.queue),
        (message) => {
          if (message === null) return;
          delivered.push(shown(message));
          if (!step.noAck) unsettled.set(`${step.queue} ${message.content.toString()}`, message);
        },
        { noAck: step.noAck },
      );
      this.#consumers.set(step.queue, { tag: consumerTag, channel: step.channel, delivered });
      return "ok";
    } catch (error) {
      this.#lost(step.channel);
      return codeOf(error);
    }
  }

  async #workChannel(number: ChannelNumber): Promise<WorkChannel> {
    let work = this.#work.get(number);
    if (work === undefined) {
      work = { channel: await this.#open(), unsettled: new Map() };
      this.#work.set(number, work);
    }
    return work;
  }

  async #closeChannel(number: ChannelNumber): Promise<void> {
    await this.#work.get(number)?.channel.close();
    this.#lost(number);
  }

  #lost(number: ChannelNumber): void {
    this.#work.delete(number);
    for (const [queue, { channel }] of this.#consumers) if (channel === number) this.#consumers.delete(queue);
  }

  async #drain(queue: string): Promise<readonly GetMessage[]> {
    const channel = await this.#adminChannel();
    const messages: GetMessage[] = [];
    for (;;) {
      const message = await channel.get(this.#named(queue), { noAck: true });
      if (message === false) return messages;
      messages.push(message);
    }
  }
}

function shown({ content, fields }: { content: Buffer; fields: { redelivered: boolean } }): string {
  return fields.redelivered ? `${content}*` : content.toString();
}

function codeOf(error: unknown): string {
  return /\b(\d{3}) \(/.exec((error as Error).message)?.[1] ?? String(error);
}
