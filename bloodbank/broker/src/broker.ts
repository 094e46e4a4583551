import { once } from "node:events";
import net from "node:net";
import path from "node:path";
import { Access } from "./access/index.js";
import type { Channel } from "./channel/channel.js";
import { systemClock } from "./clock.js";
import { Connection } from "./connection/connection.js";
import { type SecuredDoor, secured } from "./connection/secure.js";
import type { Broker, BrokerOptions, BrokerStats, Clock, ManagementAnswer } from "./contract.js";
import type { Files } from "./disk/files.js";
import { lockDataDir } from "./disk/lock.js";
import { nodeFiles } from "./disk/node-files.js";
import { BrokerError } from "./errors.js";
import { compact } from "./log/compaction.js";
import { type LogOptions, MessageLog } from "./log/message-log.js";
import { MessageStore } from "./log/message-store.js";
import { Metadata } from "./log/metadata.js";
import { VolatileStore } from "./log/volatile-store.js";
import { define, type Management, manage } from "./management/node.js";
import { Policies } from "./policy/index.js";
import { Alarms } from "./vhost/alarms.js";
import type { Core, Counts } from "./vhost/core.js";
import { mendMetadata } from "./vhost/mend-metadata.js";
import { defaultLimits, type Limits, residentBytes, watchResources } from "./vhost/resources.js";
import { restoreMessages } from "./vhost/restore-messages.js";
import { Turn } from "./vhost/turn.js";
import { VirtualHost } from "./vhost/virtual-host.js";

/** One running broker: what its parts share, and its server socket. */
export class RunningBroker implements Broker, Core {
  readonly options: BrokerOptions;
  readonly clock: Clock;
  readonly store: MessageStore;
  readonly metadata: Metadata;
  readonly access: Access;
  readonly policies: Policies;
  readonly turn: Turn;
  readonly alarms = new Alarms();
  readonly vhosts = new Map<string, VirtualHost>();
  readonly connections = new Set<Connection>();
  readonly replies = new Map<string, Channel>();
  readonly held = new Set<Connection>();
  readonly guarded: ReadonlySet<string>;
  readonly counts: Counts = {
    published: 0,
    confirmed: 0,
    refused: 0,
    delivered: 0,
    acked: 0,
    returned: 0,
    unroutable: 0,
  };
  permissionsVersion = 0;
  managementPort: number | undefined;

  readonly #unlock: () => void;
  readonly #files: Files;
  readonly #limits: Limits;
  readonly #memory: () => number;
  #seconds = 0;
  #management: Management | undefined;
  #door: SecuredDoor | undefined;
  readonly #server = net.createServer({ noDelay: true, highWaterMark: READ_BYTES });
  #tick: ReturnType<typeof setInterval> | undefined;

  /** `memory` reads what is held against `memoryLimit`. */
  constructor(options: BrokerOptions, files: Files = nodeFiles, memory: () => number = residentBytes) {
    this.options = options;
    this.#files = files;
    this.#memory = memory;
    const limits = defaultLimits();
    this.#limits = {
      memory: options.memoryLimit ?? limits.memory,
      diskFree: options.diskFreeLimit ?? limits.diskFree,
    };
    const { clock } = options;
    this.clock = clock ?? systemClock;
    this.turn = new Turn(clock ? () => clock.now() : () => performance.now());
    this.guarded = new Set(options.admit ? options.guarded : []);
    files.makeFolder(options.dataDir);
    this.#unlock = lockDataDir(files, options.dataDir);
    const report = this.report.bind(this);
    try {
      this.metadata = Metadata.open(files, path.join(options.dataDir, "metadata.journal"), report);
      this.access = new Access(this.metadata);
      this.policies = new Policies(this.metadata, (vhost) => this.vhosts.get(vhost)?.applyPolicies());
      this.metadata.onChange = (key) => {
        if (key.startsWith("permission/") || key.startsWith("topic-permission/")) this.permissionsVersion++;
      };
      const log: LogOptions = {
        files,
        folder: path.join(options.dataDir, "log"),
        beforeCommit: (done) => this.metadata.sync(done),
        afterCommit: () => this.letGo(),
        onFailure: (failure) => {
          this.alarms.set("log", failure.message);
          this.report("error", failure.message, { code: failure.code });
        },
        onFull: (full) => this.alarms.set("full", full ? "low on disk" : null),
        report,
      };
      mendMetadata(this.metadata, log);
      if ([...this.metadata.entries("vhost/")].length === 0) this.metadata.put("vhost//", {});
      for (const [name] of [...this.metadata.entries("vhost/")])
        this.vhosts.set(name, new VirtualHost(this, name));
      const volatile = new VolatileStore(files, path.join(options.dataDir, "volatile"));
      const recovered = restoreMessages(log, this.vhosts.values());
      this.store = new MessageStore(new MessageLog(log, recovered), volatile);
      for (const vhost of this.vhosts.values()) for (const queue of vhost.queues.values()) queue.restored();
    } catch (error) {
      this.#unlock();
      throw error;
    }
  }

  get host(): string {
    return (this.#server.address() as net.AddressInfo).address;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  async listen(): Promise<void> {
    const { host = "127.0.0.1", port = 5672 } = this.options;
    const accept = (socket: net.Socket): void => void new Connection(this, socket);
    const { tls } = this.options;
    this.#door = tls && secured(tls, accept, (message) => this.report("warn", message));
    this.#server.on("connection", this.#door?.accept ?? accept);
    define(this);
    this.#server.listen(port, host);
    try {
      await once(this.#server, "listening");
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw code === "EADDRINUSE"
        ? new BrokerError("PORT_IN_USE", `Something else listens on ${host}:${port}.`, { cause: error })
        : new BrokerError(
            "LISTEN_FAILED",
            `${host}:${port} cannot be listened on: ${(error as Error).message}`,
            { cause: error },
          );
    }
    // Where no file can be opened any more, a connection cannot be taken either.
    this.#server.on("error", (error) =>
      this.report("warn", `a connection could not be accepted: ${error.message}`),
    );
    this.#management = await manage(this);
    this.managementPort = this.#management.port;
    this.#tick = setInterval(() => this.#everySecond(), 1000);
    this.#tick.unref();
  }

  nextQueueId(): number {
    const id = this.metadata.get<number>("next-queue-id") ?? 1;
    this.metadata.put("next-queue-id", id + 1);
    return id;
  }

  publishersWait(): boolean {
    return this.alarms.blocked !== null || this.store.log.backlog > BACKLOG_BYTES;
  }

  report(level: "debug" | "info" | "warn" | "error", message: string, fields?: object): void {
    this.options.log?.(level, message, fields);
  }

  stats(): BrokerStats {
    let queues = 0;
    let messagesReady = 0;
    let messagesUnacked = 0;
    let consumers = 0;
    let channels = 0;
    for (const vhost of this.vhosts.values()) {
      queues += vhost.queues.size;
      for (const queue of vhost.queues.values()) {
        messagesReady += queue.ready;
        messagesUnacked += queue.unacked;
        consumers += queue.consumers.size;
      }
    }
    for (const connection of this.connections) channels += connection.channels.size;
    const { published, confirmed, refused, delivered, acked } = this.counts;
    return {
      connections: this.connections.size,
      channels,
      consumers,
      queues,
      messagesReady,
      messagesUnacked,
      published,
      confirmed,
      refused,
      delivered,
      acked,
      logBytes: this.store.log.bytes,
      alarm: this.alarms.alarm,
    };
  }

  async manage(method: string, path: string, body?: object): Promise<ManagementAnswer> {
    if (this.#management === undefined)
      return {
        status: 503,
        text: JSON.stringify({ error: "unavailable", reason: "The broker does not run." }),
      };
    return this.#management.api.ask(method, path, body);
  }

  async close(): Promise<void> {
    clearInterval(this.#tick);
    await this.#management?.close();
    const closed = this.#server.listening ? once(this.#server, "close") : undefined;
    this.#server.close();
    this.#door?.close();
    for (const connection of [...this.connections]) connection.shutDown();
    await closed;
    for (const vhost of this.vhosts.values()) vhost.stop();
    this.turn.end();
    await this.store.log.close();
    this.store.volatile.close();
    this.metadata.close();
    this.#unlock();
  }

  #everySecond(): void {
    const now = this.turn.time();
    for (const connection of this.connections) {
      for (const channel of connection.channels.values()) channel.checkTimeout(now);
    }
    watchResources(this.#files, this.options.dataDir, this.alarms, this.#limits, this.#memory);
    this.letGo();
    if (++this.#seconds % COMPACT_EVERY === 0) this.compact();
  }

  /** Writes what is left of nearly empty segments together; see log/compaction.ts. */
  compact(): void {
    const queues = [...this.vhosts.values()].flatMap((vhost) =>
      [...vhost.queues.values()].filter(({ stored }) => stored),
    );
    try {
      const freed = compact(this.store.log, this.#files, path.join(this.options.dataDir, "log"), queues);
      if (freed > 0) this.report("debug", `compacted ${freed} segments of the log`);
    } catch (error) {
      this.report("error", `compaction failed: ${(error as Error).message}`);
    }
  }

  /** Reads on from publishers that had to wait, when they need not any more. */
  letGo(): void {
    if (this.held.size === 0 || this.publishersWait()) return;
    for (const connection of this.held) connection.resumeReading();
    this.held.clear();
  }
}

/** Seconds. */
const COMPACT_EVERY = 10;
/** How much a socket may bring at once. */
const READ_BYTES = 256 * 2 ** 10;
/** What may be in memory and not on disk before publishers are not read from for a while. */
const BACKLOG_BYTES = 64 * 2 ** 20;
