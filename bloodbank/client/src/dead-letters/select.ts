import { BloodbankError } from "../errors.js";
import type { DeadLetterQueue, LetterFilter, LetterSummary } from "./contract.js";

/**
 * What every act asks first.
 *
 * @throws BloodbankError `EMPTY_FILTER` when nothing was chosen and `all` was not said
 */
export function refuseEmpty({ ids, queue, event_type, code, group, all }: LetterFilter): void {
  const chosen = [ids, queue, event_type, code, group].some((each) => each !== undefined);
  if (!chosen && all !== true) throw new BloodbankError("EMPTY_FILTER");
}

export function matcher(filter: LetterFilter): (letter: LetterSummary) => boolean {
  const ids = filter.ids === undefined ? undefined : new Set(filter.ids);
  return (letter) =>
    (ids === undefined || ids.has(letter.id)) &&
    (filter.queue === undefined ||
      filter.queue === letter.queue ||
      filter.queue === letter.dead_letter_queue) &&
    (filter.event_type === undefined || filter.event_type === letter.event_type) &&
    (filter.code === undefined || filter.code === letter.code) &&
    (filter.group === undefined || filter.group === letter.group);
}

/** False when no letter of that queue can match: it need not be looked through. */
export function mayHold({ name }: DeadLetterQueue, { ids }: LetterFilter): boolean {
  return ids === undefined || ids.some((id) => id.startsWith(`${name}/`));
}
