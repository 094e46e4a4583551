/** Whether the platform can be trusted right now: each part says how it is, and is never asked for longer than this. */

const DEADLINE = 2_000;
/** Milliseconds between two looks. */
const PAUSE = 20;

export interface Check {
  /** `degraded`: works, but somebody should look. Only `failing` makes the platform not ready. */
  readonly status: "ok" | "degraded" | "failing";
  /** Why not ok, and what to do. */
  readonly message?: string;
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

  /** Resolves when all of it is ready, and after `limit` milliseconds all the same. */
  async settled(limit: number): Promise<void> {
    const until = performance.now() + limit;
    while ((await this.readiness()).status !== "ready" && performance.now() < until)
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
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
