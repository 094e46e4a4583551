/**
 * Looks after a process that lives but does not work: one whose memory grows without end, and one that answers no
 * more. Only who has answered once is expected to answer: a service in another language need not know of pings. Looks
 * are counted and not time, in which this process itself may have been held up, with the answers that came meanwhile
 * not read yet.
 */
import type { ChildProcess } from "node:child_process";
import { residentMegabytes } from "./resident.js";

export interface WatchdogLimits {
  /** Milliseconds between two looks. */
  readonly period: number;
  /** Milliseconds without an answer after which it hangs. */
  readonly patience: number;
  readonly memoryMb: number;
}

export const LIMITS: WatchdogLimits = { period: 5_000, patience: 30_000, memoryMb: 2_048 };

export class Watchdog {
  readonly #child: ChildProcess;
  readonly #limits: WatchdogLimits;
  readonly #bite: (reason: string) => void;
  readonly #timer: NodeJS.Timeout;
  /** Looks since it answered last; not counted before it answered at all. */
  #unanswered: number | undefined;

  /** @param bite told once, with why the process should not go on */
  constructor(child: ChildProcess, limits: WatchdogLimits, bite: (reason: string) => void) {
    this.#child = child;
    this.#limits = limits;
    this.#bite = bite;
    this.#timer = setInterval(() => this.#look(), limits.period).unref();
  }

  /** It answered a ping. */
  answered(): void {
    this.#unanswered = 0;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const reason = this.#fault();
    if (reason !== undefined) {
      this.#end(reason);
      return;
    }
    if (this.#unanswered !== undefined) this.#unanswered++;
    if (this.#child.connected) this.#child.send({ bloodbank: "ping" }, () => undefined);
  }

  #fault(): string | undefined {
    const { period, patience, memoryMb } = this.#limits;
    const memory = residentMegabytes(this.#child.pid);
    if (memory !== undefined && memory > memoryMb) return `used ${Math.round(memory)} MB of memory`;
    if (this.#unanswered !== undefined && this.#unanswered * period >= patience)
      return `did not answer for ${Math.round(patience / 1_000)} s`;
    return undefined;
  }

  #end(reason: string): void {
    this.stop();
    this.#bite(reason);
  }
}
