/** One service's process, kept running. The states are in `contract.ts`; all moves are made here. */
import { type ChildProcess, spawn } from "node:child_process";
import type { Log } from "../log/log.js";
import type { LogLine, ServiceProcessStatus, ServiceState } from "./contract.js";
import { onLines } from "./lines.js";
import { residentMegabytes } from "./resident.js";
import { LIMITS, Watchdog, type WatchdogLimits } from "./watchdog.js";

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;
/** One that ran so long has recovered: its next end is a first one again. */
const STEADY = 60_000;
/** Time to drain before SIGKILL: a little more than a service takes at most. */
const PATIENCE = 12_000;
/** Time to read what an ended process wrote: a process that it began may hold its pipes open. */
const LAST_WORDS = 1_000;
const LINES_KEPT = 1_000;
const BAD_CONFIGURATION = 78;

export interface ServiceCommand {
  readonly name: string;
  readonly command: readonly string[];
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
}

export interface Surroundings {
  readonly log: Log;
  /** Takes each line that the service writes. */
  readonly passOn: (line: string) => void;
  /** Once aborted it is not started again: the platform ends, and services may have been told so before it. */
  readonly stopping: AbortSignal;
  readonly limits?: WatchdogLimits;
}

export class ServiceProcess {
  readonly name: string;
  readonly #command: ServiceCommand;
  readonly #around: Surroundings;
  readonly #lines: LogLine[] = [];
  readonly #followers = new Set<(line: LogLine) => void>();
  readonly #waiting = new Set<() => void>();
  #child: ChildProcess | undefined;
  #watchdog: Watchdog | undefined;
  #ended: Promise<void> = Promise.resolve();
  #state: ServiceState = "stopped";
  #since = new Date();
  #restarts = 0;
  #failures = 0;
  #reason: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Why the watchdog ended it. */
  #bitten: string | undefined;
  #startedAt = 0;
  /** How often it was asked to stop. */
  #stops = 0;

  constructor(command: ServiceCommand, around: Surroundings) {
    this.name = command.name;
    this.#command = command;
    this.#around = around;
  }

  status(): ServiceProcessStatus {
    return {
      state: this.#state,
      pid: this.#child?.pid,
      since: this.#since.toISOString(),
      restarts: this.#restarts,
      reason: this.#reason,
      memory_mb: residentMegabytes(this.#child?.pid),
    };
  }

  /** The last lines that it wrote, oldest first. */
  lines(count: number): readonly LogLine[] {
    return this.#lines.slice(-count);
  }

  /** Calls back for each further line; returns how to stop that. */
  follow(listener: (line: LogLine) => void): () => void {
    this.#followers.add(listener);
    return () => this.#followers.delete(listener);
  }

  /** Resolves when it is in another state than now. */
  moved(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  /** Nothing, where it runs already, or the platform ends. */
  start(): void {
    if (this.#child !== undefined || this.#around.stopping.aborted) return;
    clearTimeout(this.#timer);
    const { command, folder, env } = this.#command;
    const [program = "", ...args] = command;
    this.#move("starting", undefined);
    const child = spawn(program === "node" ? process.execPath : program, args, {
      cwd: folder,
      env,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.#child = child;
    const watchdog = new Watchdog(child, this.#around.limits ?? LIMITS, (reason) => {
      this.#bitten = reason;
      child.kill("SIGKILL");
    });
    this.#watchdog = watchdog;
    for (const stream of ["stdout", "stderr"] as const) {
      const source = child[stream];
      if (source) onLines(source, (line) => this.#take(stream, line));
    }
    child.on("message", (message) => {
      if (this.#child === child) this.#told(message);
    });
    this.#ended = new Promise((resolve) => {
      const over = (reason: string, code: number | null) => {
        if (this.#child !== child) return;
        this.#child = undefined;
        watchdog.stop();
        this.#over(this.#bitten ?? reason, code);
        this.#bitten = undefined;
        resolve();
      };
      child.on("error", (error) => over(`could not be started: ${error.message}`, null));
      child.on("exit", (code, signal) => {
        const end = () => over(signal ? `ended by ${signal}` : `ended with ${code}`, code);
        // What it wrote last may still be on its way, the reason of its end among it.
        const unread = setTimeout(end, LAST_WORDS);
        child.once("close", () => {
          clearTimeout(unread);
          end();
        });
      });
    });
  }

  /** Resolves when the process is gone: drained by itself, or killed after its time was over. */
  async stop(): Promise<void> {
    this.#stops++;
    clearTimeout(this.#timer);
    const child = this.#child;
    this.#move("stopped", undefined);
    if (child === undefined) return;
    child.kill("SIGTERM");
    const kill = setTimeout(() => {
      this.#around.log("warn", `${this.name} did not end within ${PATIENCE / 1_000} s and is killed`);
      child.kill("SIGKILL");
    }, PATIENCE);
    await this.#ended;
    clearTimeout(kill);
  }

  /** Not started again where somebody stops it meanwhile: it may take a while to drain. */
  async restart(): Promise<void> {
    const stopped = this.stop();
    const stops = this.#stops;
    await stopped;
    if (stops !== this.#stops) return;
    this.#failures = 0;
    this.start();
  }

  #over(reason: string, code: number | null): void {
    if (this.#state === "stopped") return;
    if (this.#around.stopping.aborted) {
      this.#move("stopped", reason);
      return;
    }
    const ranFor = Date.now() - this.#startedAt;
    this.#failures = ranFor > STEADY ? 0 : this.#failures + 1;
    if (code === BAD_CONFIGURATION) {
      this.#move("failed", this.#lastError() ?? reason);
      this.#around.log("error", `${this.name} is not started again: ${this.#reason}`);
      return;
    }
    this.#restarts++;
    const pause = Math.min(FIRST_PAUSE * 2 ** Math.max(0, this.#failures - 1), LONGEST_PAUSE);
    this.#move("waiting", reason);
    this.#around.log("warn", `${this.name} ${reason}; it is started again in ${pause / 1_000} s`);
    this.#timer = setTimeout(() => this.start(), pause);
  }

  #move(state: ServiceState, reason: string | undefined): void {
    if (state === "starting" && this.#child === undefined) this.#startedAt = Date.now();
    this.#state = state;
    this.#reason = reason;
    this.#since = new Date();
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  /** A service tells each change of its connection over the IPC channel. */
  #told(message: unknown): void {
    if (typeof message !== "object" || message === null || !("bloodbank" in message)) return;
    if (message.bloodbank === "pong") this.#watchdog?.answered();
    if (message.bloodbank !== "state" || !("state" in message) || this.#state === "stopped") return;
    const reason = "reason" in message && typeof message.reason === "string" ? message.reason : undefined;
    if (message.state === "connected") this.#move("running", undefined);
    else if (message.state === "disconnected" && this.#state === "running") this.#move("starting", reason);
  }

  #take(stream: LogLine["stream"], line: string): void {
    const taken = { at: new Date().toISOString(), stream, line };
    this.#lines.push(taken);
    if (this.#lines.length > LINES_KEPT) this.#lines.splice(0, this.#lines.length - LINES_KEPT);
    this.#around.passOn(line);
    for (const follower of this.#followers) follower(taken);
  }

  #lastError(): string | undefined {
    return this.#lines.findLast(({ stream }) => stream === "stderr")?.line;
  }
}
