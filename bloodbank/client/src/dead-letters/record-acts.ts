import type { BusOptions } from "../contract.js";
import { createEnvelope } from "../envelope/create-envelope.js";
import { ContractViolation } from "../errors.js";
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

/** @throws ContractViolation before the act, when its event could not say who does it */
export function refuseUnrecordable(
  { catalog, source }: Pick<BusOptions, "catalog" | "source">,
  type: ActType,
  filter: LetterFilter,
  act: Act,
): void {
  const options = { source, version: catalog.get(type)?.version };
  const verdict = catalog.validate(
    createEnvelope<string>(type, payloadOf("", [], filter, act), options),
    type,
  );
  if (!verdict.valid) throw new ContractViolation(verdict);
}

/** Publishes what was done to letters: an event a queue, and further ones where it were more than 1,000 letters. */
export async function recordActs(
  publisher: Publisher,
  type: ActType,
  letters: readonly ActedOn[],
  filter: LetterFilter,
  act: Act,
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const byQueue = new Map<string, ActedOn[]>();
  for (const letter of letters) {
    const theirs = byQueue.get(letter.queue);
    if (theirs === undefined) byQueue.set(letter.queue, [letter]);
    else theirs.push(letter);
  }
  for (const [queue, theirs] of byQueue)
    for (let from = 0; from < theirs.length; from += IDS)
      await publisher.publish<string>(type, {
        ...payloadOf(queue, theirs.slice(from, from + IDS), filter, act),
        ...(JSON.stringify(more).length <= ORIGINAL && more),
      });
}

const payloadOf = (
  queue: string,
  letters: readonly ActedOn[],
  filter: LetterFilter,
  { actor, reason }: Act,
) => ({
  actor,
  queue,
  count: letters.length,
  event_ids: letters.map(({ event_id }) => event_id).filter((id) => id !== null),
  filter: shortened(filter),
  ...(reason !== undefined && { reason }),
});

/** A filter by ids says what `event_ids` says already. */
function shortened({ ids, ...rest }: LetterFilter): Record<string, unknown> {
  return ids === undefined ? rest : { ...rest, ids: ids.length };
}
