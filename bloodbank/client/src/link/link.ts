/**
 * A connection that is kept: opened, set up by its owner, and opened again whenever it is lost.
 *
 *   idle ──start──▶ connecting ──set up──▶ up ──lost──▶ connecting … ──close──▶ closed
 *
 * `start` moves idle to connecting, and back to idle when it fails; the owner's `setUp` moves connecting to up; a lost
 * socket, or `fail`, moves up back to connecting after a growing pause; `close` ends it from anywhere. Addresses are
 * tried in turn.
 */
import { AMQPError } from "@cloudamqp/amqp-client";
import { withSafeCallbacks } from "../callbacks.js";
import type { BusAddress } from "../contract.js";
import { BloodbankError, messageOf } from "../errors.js";
import { WireClient } from "./wire-client.js";

const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5_000;
const CONNECT_TIMEOUT = 10_000;
const CLOSED_MEANWHILE = "closed while connecting";

export interface LinkOwner {
  /** Opens channels and declares what is needed. A rejection drops the connection and tries again. */
  setUp(client: WireClient): Promise<void>;
  /** The connection is gone, with all its channels. Called once for each `setUp` that was begun. */
  down(reason: Error): void;
}

export interface StartOptions {
  /** Keep trying while no broker answers, instead of rejecting at the first failure. */
  readonly retry?: boolean;
}

export class Link {
  readonly #bus: BusAddress;
  readonly #name: string;
  readonly #owner: LinkOwner;
  readonly #urls: readonly string[];
  #client: WireClient | undefined;
  #state: "idle" | "connecting" | "up" | "closed" = "idle";
  #turn = 0;
  #wake: (() => void) | undefined;
  /** Ends the attempt to connect that is going on. */
  #giveUp: ((reason: Error) => void) | undefined;

  constructor(bus: BusAddress, name: string, owner: LinkOwner) {
    this.#bus = withSafeCallbacks(bus);
    this.#name = name;
    this.#owner = owner;
    this.#urls = typeof bus.url === "string" ? [bus.url] : (bus.url ?? []);
  }

  get up(): boolean {
    return this.#state === "up";
  }

  get closed(): boolean {
    return this.#state === "closed";
  }

  get started(): boolean {
    return this.#state === "connecting" || this.#state === "up";
  }

  /**
   * Resolves when connected and set up. Rejects when closed meanwhile, or at the first failure unless `retry`; then it
   * may be started again. An address that no broker can have is not tried.
   */
  async start({ retry = false }: StartOptions = {}): Promise<void> {
    if (this.closed) throw new BloodbankError("NOT_STARTED", "It was closed, and does not start again.");
    if (this.started) throw new BloodbankError("ALREADY_STARTED");
    for (const url of this.#urls) refuseOther(url);
    if (this.#urls.length === 0)
      throw new BloodbankError("BROKER_UNREACHABLE", "No broker address was given.");
    this.#state = "connecting";
    if (retry) return this.#keepTrying();
    const failures: unknown[] = [];
    for (const _ of this.#urls) {
      try {
        return await this.#connect();
      } catch (error) {
        if (this.closed) throw new BloodbankError("NOT_STARTED", CLOSED_MEANWHILE);
        failures.push(error);
        if (error instanceof BloodbankError && error.code === "TOPOLOGY_CONFLICT") break;
      }
    }
    this.#state = "idle";
    const [first] = failures;
    if (first instanceof BloodbankError) throw first;
    throw new BloodbankError(
      "BROKER_UNREACHABLE",
      `No broker can be used at ${this.#urls.map(withoutPassword).join(", ")}: ${messageOf(first)}`,
      { cause: first },
    );
  }

  /** Something on this connection is broken beyond repair: drop it and make a new one. */
  fail(reason: Error): void {
    this.#client?.destroy(reason);
  }

  async close(): Promise<void> {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#wake?.();
    this.#giveUp?.(new Error(CLOSED_MEANWHILE));
    const client = this.#client;
    this.#client = undefined;
    if (client === undefined || client.closed) return;
    const timeout = setTimeout(() => client.destroy(new Error("close timed out")), 5_000);
    const gone = new Promise<void>((resolve) => client.socket?.once("close", () => resolve()) ?? resolve());
    await Promise.race([client.close().catch(() => undefined), gone]);
    clearTimeout(timeout);
    client.destroy(new Error("closed"));
  }

  async #keepTrying(): Promise<void> {
    for (let pause = FIRST_PAUSE; this.#state === "connecting"; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      try {
        return await this.#connect();
      } catch (error) {
        if (this.#state !== "connecting") break;
        this.#bus.log?.("warn", `${this.#name}: no connection yet: ${messageOf(error)}`);
        this.#bus.onState?.("down", alone(error));
        await this.#sleep(pause * (0.75 + Math.random() / 2));
      }
    }
    throw new BloodbankError("NOT_STARTED", CLOSED_MEANWHILE);
  }

  async #connect(): Promise<void> {
    const url = this.#urls[this.#turn++ % this.#urls.length];
    if (url === undefined) throw new BloodbankError("BROKER_UNREACHABLE");
    const client = new WireClient({ url, name: this.#name, tls: this.#bus.tls });
    client.logger = undefined;
    const timeout = setTimeout(() => client.destroy(new Error("connecting timed out")), CONNECT_TIMEOUT);
    let begun = false;
    let lost: Error | undefined;
    let giveUp: (reason: Error) => void = () => undefined;
    // Whatever is waited for until it is set up: without the connection, or when it is closed, it will not come.
    const gone = new Promise<never>((_, reject) => {
      giveUp = reject;
    });
    this.#giveUp = giveUp;
    gone.catch(() => undefined);
    const onLost = (reason?: Error) => {
      if (lost !== undefined) return;
      lost = reason === undefined ? new Error("connection lost") : alone(reason);
      giveUp(lost);
      if (begun) this.#lost(client, lost);
    };
    client.onerror = onLost;
    client.ondisconnect = onLost;
    try {
      await Promise.race([client.connect(), gone]);
      this.#client = client;
      begun = true;
      await Promise.race([this.#owner.setUp(client), gone]);
      if (lost !== undefined) throw lost;
      if (this.#state !== "connecting") throw new Error(CLOSED_MEANWHILE);
      this.#state = "up";
      this.#bus.onState?.("up");
    } catch (thrown) {
      const error = alone(thrown);
      client.destroy(error);
      onLost(error);
      throw error;
    } finally {
      clearTimeout(timeout);
      this.#giveUp = undefined;
    }
  }

  #lost(client: WireClient, reason: Error): void {
    if (this.#client === client) this.#client = undefined;
    this.#owner.down(reason);
    if (this.#state !== "up") return;
    this.#state = "connecting";
    this.#bus.log?.("warn", `${this.#name}: connection lost: ${reason.message}`);
    this.#bus.onState?.("down", reason);
    this.#keepTrying().catch(() => undefined);
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** The library's errors hold the whole connection, with password and key: who logs one must not log these. */
function alone(error: unknown): Error {
  if (error instanceof Error && !(error instanceof AMQPError)) return error;
  return new Error(messageOf(error));
}

function refuseOther(url: string): void {
  if (URL.canParse(url) && /^amqps?:$/.test(new URL(url).protocol)) return;
  throw new BloodbankError(
    "BROKER_UNREACHABLE",
    `Not the address of a broker: ${withoutPassword(url)}. It looks like amqp://user:password@host:5672/.`,
  );
}

function withoutPassword(url: string): string {
  try {
    const address = new URL(url);
    if (address.password !== "") address.password = "***";
    return address.href;
  } catch {
    // Also from what is not understood: a password with a "#" or "/" in it makes an address that is not one.
    return String(url).replace(/\/\/.*@/, "//***@");
  }
}
