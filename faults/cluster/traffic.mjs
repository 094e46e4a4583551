// The traffic, over TLS: a publisher here and one in Python, a consumer whose effects must happen once, and a foreign
// consumer that rejects all it gets; and what was promised about each event.
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  Consumer,
  Inbox,
  NonRetryable,
  Publisher,
  RawConsumer,
  sqliteConnection,
  sqliteTransactions,
} from "@33god/bloodbank";
import { loadCatalog } from "@33god/holyfields";
import { DatabaseSync } from "@photostructure/sqlite";
import amqplib from "amqplib";
import { PythonPublisher, python } from "./python-publisher.mjs";

const HANDLED = "worktree.created";
const REJECTED = "session.started";
export const QUEUE = "services.cluster.effects";
export const FOREIGN = "services.cluster.foreign";
/** Events under way at a time, and the pause before each next one: some hundred a second on a quiet machine. */
const WINDOW = 40;
const PAUSE = 150;
/** Every so many-th event of the stream meets another fate. */
const FATES = [
  [97, "dead"],
  [31, "retried"],
  [23, "rejected"],
];
const fateOf = (n) => FATES.find(([every]) => n % every === 0)?.[1] ?? "handled";

export class Traffic {
  #cluster;
  #bus;
  #folder;
  #publisher;
  #running = false;
  #work = [];
  #endings = [];
  #n = 1;
  #database;
  #lastConfirm = performance.now();
  /** event_id → its fate, for each event whose publish resolved. */
  confirmed = new Map();
  unconfirmed = [];
  /** event_id → how often a handler began with it. */
  handled = new Map();
  /** event_ids found in `<queue>.dlq`, each with how often. */
  dead = { [QUEUE]: new Map(), [FOREIGN]: new Map() };
  /** Milliseconds without any confirm, the longest since it was set back. */
  longestSilence = 0;
  /** Undefined where there is no Python. */
  python;

  constructor(cluster, folder) {
    this.#cluster = cluster;
    this.#bus = {
      url: cluster.tlsUrls,
      tls: { ca: cluster.ca },
      catalog: loadCatalog(),
      source: { host: "cluster", type: "system", app: "traffic" },
      queueType: "quorum",
    };
    this.#folder = folder;
    if (python !== undefined)
      this.python = new PythonPublisher({
        urls: cluster.tlsUrls,
        caFile: cluster.caFile,
        onConfirmed: (id) => this.confirmed.set(id, "python"),
        onRefused: (why) => this.unconfirmed.push(why),
      });
  }

  /** Resolves when the consumers consume. */
  async open() {
    this.#database = new DatabaseSync(path.join(this.#folder, "effects.db"), { timeout: 10_000 });
    this.#database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF");
    // Nothing here keeps a second effect away but the inbox.
    this.#database.exec("CREATE TABLE effects (event_id TEXT)");
    const inbox = new Inbox();
    await inbox.createTable(sqliteConnection(this.#database));
    const effect = inbox.once(sqliteTransactions(this.#database), async (event, tx) => {
      await tx.query("INSERT INTO effects (event_id) VALUES (?)", [event.event_id]);
    });
    const consumer = new Consumer(this.#bus, { queue: QUEUE, concurrency: 8, breaker: false }).on(
      HANDLED,
      async (event, context) => {
        this.handled.set(event.event_id, (this.handled.get(event.event_id) ?? 0) + 1);
        const { fate } = event.payload;
        if (fate === "dead") throw new NonRetryable("this one never works");
        if (fate === "retried" && context.attempt === 1) throw new Error("this one works the second time");
        await effect(event, context);
      },
    );
    await consumer.start({ retry: true });
    const foreign = await rejectAll(this.#cluster.urls, FOREIGN, REJECTED);
    this.#endings = [() => consumer.close(), () => foreign.close()];
  }

  /** From when the dead-letter queues exist. */
  async readDeadLetters() {
    for (const [queue, found] of Object.entries(this.dead)) {
      const reader = new RawConsumer(this.#bus, {
        queue: `${queue}.dlq`,
        onBatch: async (batch) => {
          for (const { properties } of batch)
            found.set(properties.messageId, (found.get(properties.messageId) ?? 0) + 1);
        },
      });
      await reader.start({ retry: true });
      this.#endings.push(() => reader.close());
    }
  }

  /** Goes on until `stop`, whatever happens to the nodes. */
  start() {
    this.#publisher = new Publisher(this.#bus);
    this.python?.start();
    this.#running = true;
    this.#lastConfirm = performance.now();
    this.#work = [
      this.#publisher.start({ retry: true }).catch(() => undefined),
      ...Array.from({ length: WINDOW }, () => this.#publish()),
    ];
  }

  /** Resolves when everything begun is settled. */
  async stop() {
    this.#running = false;
    await Promise.all([...this.#work, this.python?.stop()]);
    await this.#publisher?.close();
  }

  async close() {
    await this.python?.stop();
    for (const end of this.#endings.splice(0).reverse()) await end();
    this.#database?.close();
  }

  /** event_id → how often its effect was made. */
  effects() {
    const rows = this.#database
      .prepare("SELECT event_id, count(*) AS times FROM effects GROUP BY event_id")
      .all();
    return new Map(rows.map(({ event_id, times }) => [event_id, times]));
  }

  async #publish() {
    while (this.#running) {
      const n = this.#n++;
      const fate = fateOf(n);
      const [type, payload] =
        fate === "rejected"
          ? [REJECTED, { session_id: `s${n}`, n }]
          : [HANDLED, { repo: "cluster", branch: "b", path: `/w/${n}`, n, fate }];
      try {
        const { event } = await this.#publisher.publish(type, payload, { deadline: 300_000 });
        const now = performance.now();
        this.longestSilence = Math.max(this.longestSilence, now - this.#lastConfirm);
        this.#lastConfirm = now;
        this.confirmed.set(event.event_id, fate);
      } catch (error) {
        this.unconfirmed.push(String(error));
      }
      await sleep(PAUSE);
    }
  }
}

/** A consumer of somebody else's making, on a plain client: rejects each message, and connects again by itself. */
async function rejectAll(urls, queue, pattern) {
  let connection;
  let turn = 0;
  let closing = false;
  const connect = async () => {
    connection = await amqplib.connect(`${urls[turn++ % urls.length]}?heartbeat=5`, { timeout: 5_000 });
    connection.on("error", () => undefined);
    connection.on("close", () => void again());
    const channel = await connection.createChannel();
    channel.on("error", () => connection.close().catch(() => undefined));
    await channel.assertQueue(queue, { durable: true, arguments: { "x-queue-type": "quorum" } });
    await channel.bindQueue(queue, "bloodbank.events.v1", pattern);
    await channel.prefetch(20);
    await channel.consume(queue, (message) => {
      // Cancelled: its node left the cluster.
      if (message === null) connection.close().catch(() => undefined);
      else channel.reject(message, false);
    });
  };
  const again = async () => {
    while (!closing) {
      await sleep(200);
      if (
        await connect().then(
          () => true,
          () => false,
        )
      )
        return;
    }
  };
  await connect();
  return {
    async close() {
      closing = true;
      await connection.close().catch(() => undefined);
    },
  };
}
