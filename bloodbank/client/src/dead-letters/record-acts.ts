import type { Publisher } from "../publish/publisher.js";
import type { Act, DeadLetter, LetterFilter } from "./contract.js";

/** Ids that one event names at most. */
const IDS = 1_000;
/** Bytes of an original that an act's event carries at most. */
const ORIGINAL = 256 * 1024;

type ActType =
  | "bloodbank.dead_letter.redriven"
  | "bloodbank.dead_letter.edited"
  | "bloodbank.dead_letter.discarded";

/** What an act's event says of a letter: little, as there may be a million. */
export type ActedOn = Pick<DeadLetter, "queue" | "event_id">;

/** Publishes what was done to letters: an event a queue, and further ones where it were more than 1,000 letters. */
export async function recordActs(
  publisher: Publisher,
  type: ActType,
  letters: readonly ActedOn[],
  filter: LetterFilter,
  { actor, reason }: Act,
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const byQueue = new Map<string, ActedOn[]>();
  for (const letter of letters) {
    const theirs = byQueue.get(letter.queue);
    if (theirs === undefined) byQueue.set(letter.queue, [letter]);
    else theirs.push(letter);
  }
  for (const [queue, theirs] of byQueue)
    for (let from = 0; from < theirs.length; from += IDS) {
      const part = theirs.slice(from, from + IDS);
      const payload = {
        actor,
        queue,
        count: part.length,
        event_ids: part.map(({ event_id }) => event_id).filter((id) => id !== null),
        filter: shortened(filter),
        ...(reason !== undefined && { reason }),
        ...(JSON.stringify(more).length <= ORIGINAL && more),
      };
      await publisher.publish<string>(type, payload);
    }
}

/** A filter by ids says what `event_ids` says already. */
function shortened({ ids, ...rest }: LetterFilter): Record<string, unknown> {
  return ids === undefined ? rest : { ...rest, ids: ids.length };
}
