import type { Socket } from "node:net";
import type { Right, User } from "../access/index.js";
import { Channel } from "../channel/channel.js";
import { AmqpError } from "../errors.js";
import type { Route } from "../exchange/route.js";
import type { Draft } from "../log/record.js";
import type { Queue } from "../queue/queue.js";
import type { Core } from "../vhost/core.js";
import type { TurnEnd } from "../vhost/turn.js";
import type { VirtualHost } from "../vhost/virtual-host.js";
import { encodeMethod, HEARTBEAT_FRAME, type MethodArguments, type ServerMethodName } from "../wire/index.js";
import { EMPTY_TABLE, type Table, textOf } from "../wire/table.js";
import { FrameReader } from "./frames.js";
import { Output } from "./output.js";

/**
 * One client's connection.
 *
 *     greeting → starting → tuning → opening → open → closing → closed
 *
 * The client moves it on up to `open` (handshake.ts); `closing` is entered by either side's `connection.close`, and
 * everything but its answer is ignored then; `closed` is the end of the socket.
 */
export class Connection implements TurnEnd {
  readonly core: Core;
  readonly socket: Socket;
  readonly output = new Output();
  readonly channels = new Map<number, Channel>();
  readonly peer: string;
  readonly peerPort: number;
  readonly connectedAt: number;
  state: ConnectionState = "greeting";
  user = "";
  authenticated: User | undefined;
  mechanism = "";
  vhost: VirtualHost | undefined;
  clientProperties: Table = EMPTY_TABLE;
  client = { user: "", peer: "", name: "" };
  frameMax = FRAME_MAX;
  channelMax = CHANNEL_MAX;
  heartbeat = 0;
  due = false;
  readonly counts = { receivedBytes: 0, sentFrames: 0, receivedFrames: 0 };

  readonly #frames: FrameReader;
  readonly #mayWrite = new Set<string>();
  #permissionsVersion = -1;
  /** The route of the last publish, if its exchange is allowed whatever the key. */
  #lastRoute: Route | undefined;
  /** Queues that had something for this connection when it could not be written to. */
  readonly #waiting = new Set<Queue>();
  #congested = false;
  #paused = false;
  /** The client does not read what it is sent: it is not read from either. */
  #backedUp = false;
  #publishes = false;
  #blockedTold = false;
  #lastReceived = 0;
  #lastSent = 0;
  #beat: ReturnType<typeof setInterval> | undefined;
  #closeTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #unlisten: () => void;

  constructor(core: Core, socket: Socket) {
    this.core = core;
    this.socket = socket;
    this.peer = socket.remoteAddress ?? "";
    this.peerPort = socket.remotePort ?? 0;
    this.connectedAt = core.clock.now();
    this.#frames = new FrameReader(this);
    this.#unlisten = core.alarms.listen((reason) => this.#blocked(reason));
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      this.#lastReceived = performance.now();
      this.counts.receivedBytes += chunk.length;
      this.#frames.read(chunk);
    });
    socket.on("drain", () => {
      this.#congested = false;
      if (this.#backedUp) this.#readOn();
      this.#serveWaiting();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => this.#closed());
    // Whoever connects and says nothing is let go, as by RabbitMQ.
    this.#closeTimer = setTimeout(() => socket.destroy(), HANDSHAKE_MS);
    core.connections.add(this);
  }

  /** Where direct replies go, for all connections of the broker. */
  get replies(): Map<string, Channel> {
    return this.core.replies;
  }

  send<N extends ServerMethodName>(channel: number, name: N, args: MethodArguments<N>): void {
    this.output.push(encodeMethod(channel, name, args));
    this.touched();
  }

  /** Something was written to `output`: it leaves at the end of the turn. */
  touched(): void {
    if (!this.due) this.core.turn.flush(this);
  }

  endTurn(): void {
    if (this.state === "closed") {
      this.output.discard();
      return;
    }
    if (this.output.pending > 0) {
      this.#lastSent = performance.now();
      this.output.flush(this.socket);
      if (this.socket.writableLength > WRITE_AHEAD) this.#congested = this.socket.writableNeedDrain;
      if (this.socket.writableLength > UNREAD) this.#backUp();
    }
    if (!this.#congested) this.#serveWaiting();
  }

  /** Whether more may be delivered now; if not, the queue is woken when that changes. */
  mayDeliver(queue: Queue): boolean {
    if (!this.#congested && this.output.pending < TURN_BYTES) return true;
    this.#waiting.add(queue);
    return false;
  }

  /** The client said in its properties that it understands an extension. */
  hears(capability: string): boolean {
    const capabilities = this.clientProperties.get("capabilities");
    return capabilities?.tag === "F" && capabilities.value.get(capability)?.value === true;
  }

  assertMay(right: Right, kind: "queue" | "exchange", name: string): void {
    this.core.access.permissions.assert(this.user, this.vhost!.name, right, kind, name);
  }

  /** Asked for every publish: remembered until any permission changes. */
  assertMayPublish(route: Route, draft: Draft): void {
    this.#publishes = true;
    if (route === this.#lastRoute && this.#permissionsVersion === this.core.permissionsVersion) return;
    if (this.#permissionsVersion !== this.core.permissionsVersion) {
      this.#mayWrite.clear();
      this.#permissionsVersion = this.core.permissionsVersion;
    }
    const { exchangeName } = route;
    this.#lastRoute = undefined;
    if (this.#mayWrite.has(exchangeName)) {
      this.#lastRoute = route;
      return;
    }
    this.assertMay("write", "exchange", exchangeName);
    const { permissions } = this.core.access;
    if (
      route.exchange?.type === "topic" &&
      permissions.limitsTopics(this.user, this.vhost!.name, exchangeName)
    )
      permissions.assertTopic(this.user, this.vhost!.name, "write", exchangeName, draft.routingKey);
    else this.#mayWrite.add(exchangeName);
  }

  guards(exchange: string): boolean {
    return this.core.guarded.has(exchange);
  }

  openChannel(number: number): Channel {
    const channel = new Channel(this, number, this.vhost!);
    this.channels.set(number, channel);
    return channel;
  }

  closeChannel(channel: Channel): void {
    channel.release();
    this.channels.delete(channel.number);
  }

  /** From `connection.tune-ok` on: both sides send something at least every half interval. */
  startHeartbeats(seconds: number): void {
    this.heartbeat = seconds;
    if (seconds === 0) return;
    const interval = (seconds * 1000) / 2;
    this.#lastReceived = this.#lastSent = performance.now();
    this.#beat = setInterval(() => {
      // What came while this process was stopped, or busy, lies in the socket: it is read before anyone is given up.
      if (this.#isSilent(seconds)) setImmediate(() => this.#giveUpIfSilent(seconds));
      else if (performance.now() - this.#lastSent >= interval - 50) {
        this.output.push(HEARTBEAT_FRAME);
        this.touched();
      }
    }, interval);
    this.#beat.unref();
  }

  #isSilent(seconds: number): boolean {
    // Not reading is our own doing while publishers are blocked; the client is not to blame.
    return !this.#paused && !this.#backedUp && performance.now() - this.#lastReceived > seconds * 2000;
  }

  #giveUpIfSilent(seconds: number): void {
    if (this.state === "closed" || !this.#isSilent(seconds)) return;
    this.core.report(
      "warn",
      `closing connection ${this.name}: missed heartbeats from client, timeout: ${seconds}s`,
    );
    this.socket.destroy();
  }

  /** The handshake is over. */
  opened(vhost: VirtualHost): void {
    clearTimeout(this.#closeTimer);
    this.vhost = vhost;
    this.state = "open";
    const name =
      textOf(this.clientProperties.get("connection_name")) ??
      textOf(this.clientProperties.get("product")) ??
      "";
    this.client = { user: this.user, peer: `${this.peer}:${this.peerPort}`, name };
  }

  get name(): string {
    return `${this.peer}:${this.peerPort} -> ${this.socket.localAddress ?? ""}:${this.socket.localPort ?? ""}`;
  }

  /** Tells of an error that ends the connection, and waits a moment for the client's answer. */
  fail(error: AmqpError, classId: number, methodId: number): void {
    if (this.state === "closing" || this.state === "closed") return;
    this.core.report("warn", `closing connection ${this.name}: ${error.message}`);
    this.#release();
    this.state = "closing";
    this.send(0, "connection.close", {
      replyCode: error.replyCode,
      replyText: error.replyText,
      classId,
      methodId,
    });
    clearTimeout(this.#closeTimer);
    this.#closeTimer = setTimeout(() => this.socket.destroy(), CLOSE_MS);
  }

  /** The broker stops. */
  shutDown(): void {
    if (this.state === "open") {
      this.fail(
        new AmqpError("CONNECTION_FORCED", "broker forced connection closure with reason 'shutdown'"),
        0,
        0,
      );
      this.endTurn();
      this.socket.end();
      clearTimeout(this.#closeTimer);
      this.#closeTimer = setTimeout(() => this.socket.destroy(), SHUTDOWN_MS);
    } else this.socket.destroy();
  }

  /** The client closes, or answered our close. */
  end(answer: boolean): void {
    this.#release();
    if (answer) this.send(0, "connection.close-ok", {});
    this.state = "closing";
    clearTimeout(this.#closeTimer);
    this.#closeTimer = setTimeout(() => this.socket.destroy(), CLOSE_MS);
    this.endTurn();
    this.socket.end();
  }

  /** The first chunk of a turn that was read while publishers are to wait is the last. */
  holdIfBlocked(): void {
    if (!this.#publishes || this.#paused || !this.core.publishersWait()) return;
    const { blocked } = this.core.alarms;
    if (blocked !== null) this.#tellBlocked(blocked);
    this.#pause();
  }

  /** The log has caught up, or the alarm is over. */
  resumeReading(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (!this.#backedUp) this.socket.resume();
  }

  #backUp(): void {
    this.#backedUp = true;
    this.socket.pause();
  }

  #readOn(): void {
    this.#backedUp = false;
    if (!this.#paused) this.socket.resume();
  }

  #pause(): void {
    this.#paused = true;
    this.socket.pause();
    this.core.held.add(this);
  }

  #blocked(reason: string | null): void {
    if (this.state !== "open") return;
    if (reason !== null) {
      // As with RabbitMQ, only publishers are told; who has not published yet hears it with the first publish.
      if (!this.#publishes) return;
      this.#pause();
      this.#tellBlocked(reason);
    } else if (this.#blockedTold) {
      this.#blockedTold = false;
      this.send(0, "connection.unblocked", {});
    }
  }

  #tellBlocked(reason: string): void {
    if (this.#blockedTold || !this.hears("connection.blocked")) return;
    this.#blockedTold = true;
    this.send(0, "connection.blocked", { reason });
  }

  #serveWaiting(): void {
    if (this.#waiting.size === 0) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const queue of waiting) queue.wake();
  }

  #release(): void {
    for (const channel of this.channels.values()) channel.release();
    this.channels.clear();
    this.vhost?.disown(this);
  }

  #closed(): void {
    if (this.state === "closed") return;
    this.#release();
    this.state = "closed";
    this.output.discard();
    clearInterval(this.#beat);
    clearTimeout(this.#closeTimer);
    this.#unlisten();
    this.core.connections.delete(this);
    this.core.held.delete(this);
  }
}

export type ConnectionState = "greeting" | "starting" | "tuning" | "opening" | "open" | "closing" | "closed";

export const FRAME_MAX = 131_072;
export const CHANNEL_MAX = 2047;
const HANDSHAKE_MS = 10_000;
const CLOSE_MS = 3_000;
const SHUTDOWN_MS = 500;
/** A reader that has this much unread in its socket is not given more until it has read all. */
const WRITE_AHEAD = 2 ** 20;
/** Answers that lie unread beyond this stop the asking: deliveries stop long before. */
const UNREAD = 8 * 2 ** 20;
/** What one turn may add for one connection, so that deliveries take turns with reading. */
const TURN_BYTES = 512 * 2 ** 10;
