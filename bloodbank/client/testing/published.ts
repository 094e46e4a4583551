/** What was said on the bus, and assertions on it that show what was there when they fail. */
import { AssertionError } from "node:assert";
import { isDeepStrictEqual } from "node:util";
import { type EventsOn, topicMatcher } from "@33god/bloodbank";
import type { EventEnvelope } from "@33god/holyfields";

export class PublishedEvents {
  readonly #events: EventEnvelope[] = [];
  readonly #ids = new Set<string>();

  /** Copies of an event are one event. */
  add(event: EventEnvelope): void {
    if (this.#ids.has(event.event_id)) return;
    this.#ids.add(event.event_id);
    this.#events.push(event);
  }

  /** In the order in which they were published. */
  get all(): readonly EventEnvelope[] {
    return this.#events;
  }

  on<P extends string>(pattern: P): readonly EventsOn<P>[] {
    const matches = topicMatcher(pattern);
    return this.#events.filter(({ event_type }) => matches(event_type)) as EventsOn<P>[];
  }

  /**
   * The only event that matches the pattern and holds these members of the payload.
   *
   * @throws AssertionError when there is none, or more than one; it lists what was published
   */
  one<P extends string>(pattern: P, payload: Readonly<Record<string, unknown>> = {}): EventsOn<P> {
    const found = this.on(pattern).filter((event) => holds(event.payload, payload));
    const [only] = found;
    if (only !== undefined && found.length === 1) return only;
    const wanted = `${pattern}${Object.keys(payload).length > 0 ? ` with ${JSON.stringify(payload)}` : ""}`;
    throw new AssertionError({
      message: `expected one ${wanted}, found ${found.length}. Published were:\n${this.#list()}`,
      actual: found.length,
      expected: 1,
      operator: "one",
    });
  }

  /**
   * @throws AssertionError when something matches
   */
  none(pattern: string): void {
    const found = this.on(pattern);
    if (found.length > 0)
      throw new AssertionError({
        message: `expected no ${pattern}, found ${found.length}. Published were:\n${this.#list()}`,
        actual: found.length,
        expected: 0,
        operator: "none",
      });
  }

  /**
   * The event and all that it led to, one line each, an effect under its cause:
   *
   * ```text
   * theboard.meeting.trigger
   *   theboard.meeting.created
   * ```
   */
  tree(root: EventEnvelope | string): string {
    const id = typeof root === "string" ? root : root.event_id;
    const lines: string[] = [];
    const seen = new Set<string>();
    const walk = (eventId: string, depth: number) => {
      const event = this.#events.find(({ event_id }) => event_id === eventId);
      lines.push(`${"  ".repeat(depth)}${event?.event_type ?? `(missing ${eventId})`}`);
      if (seen.has(eventId)) return;
      seen.add(eventId);
      for (const effect of this.#events)
        if (effect.correlation_ids?.includes(eventId)) walk(effect.event_id, depth + 1);
    };
    walk(id, 0);
    return lines.join("\n");
  }

  #list(): string {
    if (this.#events.length === 0) return "  (nothing)";
    return this.#events
      .map(({ event_type, payload }) => `  ${event_type} ${JSON.stringify(payload).slice(0, 200)}`)
      .join("\n");
  }
}

/** Whether `value` has every member of `part`, at every depth. */
function holds(value: unknown, part: unknown): boolean {
  if (typeof part !== "object" || part === null || Array.isArray(part)) return isDeepStrictEqual(value, part);
  return (
    typeof value === "object" &&
    value !== null &&
    Object.entries(part).every(([name, each]) => holds(Reflect.get(value, name), each))
  );
}
