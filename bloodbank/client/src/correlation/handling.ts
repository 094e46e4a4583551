/** Which event is being handled: known across `await`, timers and `Promise.all`, by AsyncLocalStorage. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { TraceHeaders } from "../telemetry/trace-context.js";

export interface Handling {
  readonly eventId: string;
  readonly eventType: string;
  /** `event_id` of the conversation's first event. */
  readonly conversationId: string;
  /** The W3C trace that it came with. */
  readonly trace?: TraceHeaders | undefined;
}

const storage = new AsyncLocalStorage<Handling>();

/** The event that the calling code handles, if any. */
export function currentHandling(): Handling | undefined {
  return storage.getStore();
}

/** Runs `work` as the handling of an event: what it publishes names that event as its cause. */
export function whileHandling<T>(handling: Handling, work: () => T): T {
  return storage.run(handling, work);
}

/** The handled event first, then the given ids, each once. */
export function withCurrentCause(correlationIds: readonly string[] | undefined): readonly string[] {
  const cause = storage.getStore()?.eventId;
  if (correlationIds === undefined || correlationIds.length === 0) return cause === undefined ? [] : [cause];
  return [...new Set(cause === undefined ? correlationIds : [cause, ...correlationIds])];
}
