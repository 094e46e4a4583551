/** Queues that belong to another queue, by the names that the wire contract gives them. */
import { RETRY_LADDER } from "@33god/bloodbank";

const RETRIES = RETRY_LADDER.map(({ suffix: delay }) => ({ delay, suffix: `.retry.${delay}` }));
const SUFFIXES = [...RETRIES.map(({ suffix }) => suffix), ".dlq", ".suspects"];

/** A retry, dead-letter or suspects queue: it has no consumers of its own and no bindings. */
export function isAuxiliary(queue: string): boolean {
  return SUFFIXES.some((suffix) => queue.endsWith(suffix));
}

/** Of a retry queue: whose messages wait in it, and how long each. */
export function retryOf(name: string): { readonly queue: string; readonly delay: string } | undefined {
  const rung = RETRIES.find(({ suffix }) => name.endsWith(suffix));
  return rung && { queue: name.slice(0, -rung.suffix.length), delay: rung.delay };
}
