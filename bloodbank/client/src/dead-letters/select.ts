import type { DeadLetter, DeadLetterQueue, LetterFilter } from "./contract.js";

/** Whether the filter leaves everything in. */
export function isEmpty({ ids, queue, event_type, code, group }: LetterFilter): boolean {
  return [ids, queue, event_type, code, group].every((each) => each === undefined);
}

export function matcher(filter: LetterFilter): (letter: DeadLetter) => boolean {
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
