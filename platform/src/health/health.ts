/** Whether the platform can be trusted right now: each part says how it is, and is never asked for longer than this. */
import { setTimeout as sleep } from "node:timers/promises";

const DEADLINE = 2_000;
/** Milliseconds between two looks: at what comes up now, and at what is waited for. */
const PAUSE = 20;
const LONG_PAUSE = 500;
/** For so long it may be coming up now. */
const SOON = 2_000;

export interface Check {
  /** `degraded`: works, but somebody should look. Only `failing` makes the platform not ready. */
  readonly status: "ok" | "degraded" | "failing";
  /** Why not ok, and what to do. */
  readonly message?: string;
  /** Of what is not ok, where it has one. */
  readonly code?: string;
  /** Of what does not answer, without its password. */
  readonly url?: string;
  readonly [fact: string]: unknown;
}

export interface Readiness {
  readonly status: "ready" | "not ready";
  readonly version: string;
  readonly uptime_seconds: number;
  readonly checks: Readonly<Record<string, Check>>;
}

export class Health {
  readonly #version: string;
  readonly #began = performance.now();
  readonly #checks = new Map<string, () => Check | Promise<Check>>();

  constructor(version: string) {
    this.#version = version;
  }

  add(name: string, check: () => Check | Promise<Check>): void {
    this.#checks.set(name, check);
  }

  /** Alive is what answers. */
  alive(): Readonly<Record<string, unknown>> {
    return { status: "ok", version: this.#version, uptime_seconds: this.#uptime, pid: process.pid };
  }

  async readiness(): Promise<Readiness> {
    const answers = await Promise.all(
      [...this.#checks].map(async ([name, check]) => [name, await inTime(check)] as const),
    );
    const failing = answers.some(([, { status }]) => status === "failing");
    return {
      status: failing ? "not ready" : "ready",
      version: this.#version,
      uptime_seconds: this.#uptime,
      checks: Object.fromEntries(answers),
    };
  }

  /** How it is as soon as all of it is ready; and after `limit` milliseconds, or when `signal` is aborted, all the same. */
  async settled(limit: number, signal?: AbortSignal): Promise<Readiness> {
    const began = performance.now();
    for (;;) {
      const readiness = await this.readiness();
      const waited = performance.now() - began;
      if (readiness.status === "ready" || waited >= limit || signal?.aborted) return readiness;
      const pause = waited < SOON ? PAUSE : LONG_PAUSE;
      await sleep(pause, undefined, { ...(signal && { signal }) }).catch(() => undefined);
    }
  }

  get #uptime(): number {
    return Math.round((performance.now() - this.#began) / 1_000);
  }
}

async function inTime(check: () => Check | Promise<Check>): Promise<Check> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Check>((resolve) => {
    timer = setTimeout(resolve, DEADLINE, { status: "failing", message: `no answer within ${DEADLINE} ms` });
  });
  try {
    return await Promise.race([check(), late]);
  } catch (error) {
    return { status: "failing", message: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
