/**
 * Why publishers wait: the disk is full, memory is high, or the log cannot keep up. The first two are told to
 * clients (`connection.blocked`); the last is only not reading on for a moment.
 */
export class Alarms {
  readonly #reasons = new Map<AlarmName, string>();
  readonly #listeners = new Set<(reason: string | null) => void>();

  /** What clients are told, or null. */
  get blocked(): string | null {
    return this.#reasons.get("full") ?? this.#reasons.get("disk") ?? this.#reasons.get("memory") ?? null;
  }

  /** What whoever runs the broker is told, or null. */
  get alarm(): string | null {
    return this.#reasons.get("log") ?? this.blocked;
  }

  has(name: AlarmName): boolean {
    return this.#reasons.has(name);
  }

  set(name: AlarmName, reason: string | null): void {
    const before = this.blocked;
    if (reason === null) this.#reasons.delete(name);
    else this.#reasons.set(name, reason);
    const now = this.blocked;
    if (now !== before) for (const listener of [...this.#listeners]) listener(now);
  }

  /** Calls back when publishers are blocked (with the reason) or let go (null). */
  listen(listener: (reason: string | null) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** `full` (the disk took no more), `disk` and `memory` (limits) block publishers; `log` refuses persistent messages for good. */
export type AlarmName = "full" | "disk" | "memory" | "log";
