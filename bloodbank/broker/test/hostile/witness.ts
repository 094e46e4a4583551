/** A well-behaved client beside the hostile ones: what it publishes must come back, one message after the other. */
import amqplib, { type ChannelModel } from "amqplib";

export class Witness {
  readonly #connection: ChannelModel;
  #running = true;
  #rounds = 0;
  readonly #loop: Promise<void>;

  static async start(port: number): Promise<Witness> {
    return new Witness(await amqplib.connect(`amqp://guest:guest@127.0.0.1:${port}`));
  }

  private constructor(connection: ChannelModel) {
    this.#connection = connection;
    this.#loop = this.#run();
  }

  /** Ends, and says how many messages went round meanwhile; rejects if one did not. */
  async stop(): Promise<number> {
    this.#running = false;
    await this.#loop;
    await this.#connection.close();
    return this.#rounds;
  }

  async #run(): Promise<void> {
    const channel = await this.#connection.createConfirmChannel();
    const { queue } = await channel.assertQueue("the witness's own queue");
    let arrived: (body: string) => void = () => undefined;
    const { consumerTag } = await channel.consume(queue, (message) => {
      if (message === null) throw new Error("the witness was cancelled");
      channel.ack(message);
      arrived(message.content.toString());
    });
    // Once at least, however short the time between start and stop was.
    do {
      const body = `round ${this.#rounds}`;
      const back = new Promise<string>((resolve) => {
        arrived = resolve;
      });
      channel.sendToQueue(queue, Buffer.from(body), { persistent: true });
      await channel.waitForConfirms();
      const got = await back;
      if (got !== body) throw new Error(`sent ${body}, got ${got}`);
      this.#rounds++;
    } while (this.#running);
    await channel.cancel(consumerTag);
    await channel.deleteQueue(queue);
  }
}
