/** Queues that belong to another queue, by the names that the wire contract gives them. */
import { RETRY_LADDER } from "@33god/bloodbank";

const SUFFIXES = [...RETRY_LADDER.map(({ suffix }) => `.retry.${suffix}`), ".dlq", ".suspects"];

/** A retry, dead-letter or suspects queue: it has no consumers of its own and no bindings. */
export function isAuxiliary(queue: string): boolean {
  return SUFFIXES.some((suffix) => queue.endsWith(suffix));
}
