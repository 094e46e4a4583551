import amqp, {
  type Channel,
  type ChannelModel,
  type ConfirmChannel,
  type ConsumeMessage,
  type GetMessage,
  type Options,
} from "amqplib";

/** Connections of one test, closed by `close` whatever became of them. */
export class Client {
  readonly #url: string;
  readonly #connections: ChannelModel[] = [];

  constructor(url: string) {
    this.#url = url;
  }

  async connect(): Promise<ChannelModel> {
    // Small frames follow one another closely here: Nagle's algorithm would hold most of them back for 40 ms.
    const connection = await amqp.connect(this.#url, { noDelay: true });
    connection.on("error", () => undefined);
    this.#connections.push(connection);
    return connection;
  }

  async channel(): Promise<Channel> {
    const channel = await (await this.connect()).createChannel();
    channel.on("error", () => undefined);
    return channel;
  }

  async confirmChannel(): Promise<ConfirmChannel> {
    const channel = await (await this.connect()).createConfirmChannel();
    channel.on("error", () => undefined);
    return channel;
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#connections.splice(0).map((connection) => connection.close().catch(() => undefined)),
    );
  }
}

/** What the server says when it refuses; the channel is gone then. */
export async function refusal(
  attempt: (channel: Channel) => Promise<unknown>,
  client: Client,
): Promise<string> {
  const connection = await client.connect();
  const channel = await connection.createChannel();
  const closed = new Promise<string>((resolve) => {
    channel.on("error", (error: Error) => resolve(textOf(error)));
    connection.on("error", (error: Error) => resolve(textOf(error)));
  });
  await attempt(channel).catch(() => undefined);
  return closed;
}

function textOf(error: Error): string {
  return /"(.*)"$/s.exec(error.message)?.[1] ?? error.message;
}

/** Messages of one consumer, to be awaited one by one. */
export class Inbox {
  readonly tag: string;
  readonly #messages: (ConsumeMessage | null)[] = [];
  readonly #waiting: ((message: ConsumeMessage | null) => void)[] = [];

  static async of(channel: Channel, queue: string, options?: Options.Consume): Promise<Inbox> {
    let inbox: Inbox | undefined;
    const early: (ConsumeMessage | null)[] = [];
    const { consumerTag } = await channel.consume(
      queue,
      (message) => (inbox ? inbox.#take(message) : early.push(message)),
      options,
    );
    inbox = new Inbox(consumerTag);
    for (const message of early) inbox.#take(message);
    return inbox;
  }

  private constructor(tag: string) {
    this.tag = tag;
  }

  /** `null`: the server cancelled the consumer. */
  nextOrCancel(): Promise<ConsumeMessage | null> {
    const message = this.#messages.shift();
    if (message !== undefined) return Promise.resolve(message);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async next(): Promise<ConsumeMessage> {
    const message = await this.nextOrCancel();
    if (message === null) throw new Error("the consumer was cancelled");
    return message;
  }

  get size(): number {
    return this.#messages.length;
  }

  #take(message: ConsumeMessage | null): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(message);
    else this.#messages.push(message);
  }
}

export function send(
  channel: ConfirmChannel,
  queue: string,
  body: string,
  options: Options.Publish = {},
): Promise<void> {
  return sendTo(channel, "", queue, body, options);
}

export function sendTo(
  channel: ConfirmChannel,
  exchange: string,
  key: string,
  body: string,
  options: Options.Publish = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    channel.publish(exchange, key, Buffer.from(body), { persistent: true, ...options }, (error) =>
      error ? reject(error) : resolve(),
    );
  });
}

/** All bodies that can be got from a queue now. */
export async function drain(channel: Channel, queue: string): Promise<string[]> {
  const bodies: string[] = [];
  for (;;) {
    const message: GetMessage | false = await channel.get(queue, { noAck: true });
    if (message === false) return bodies;
    bodies.push(message.content.toString());
  }
}

/** Asks again until it is so. */
export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}
