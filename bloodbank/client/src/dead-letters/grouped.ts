import type { DeadLetter, LetterGroup } from "./contract.js";

/** Largest group first. */
export function grouped(letters: readonly DeadLetter[]): readonly LetterGroup[] {
  const groups = new Map<string, LetterGroup>();
  for (const letter of letters) {
    const { group, queue, event_type, code, reason, first_at, last_at } = letter;
    const known = groups.get(group);
    const newest = known === undefined || (last_at ?? "") >= (known.last_at ?? "");
    groups.set(group, {
      group,
      queue,
      event_type,
      code,
      reason: newest ? reason : known.reason,
      count: (known?.count ?? 0) + 1,
      first_at:
        known?.first_at != null && known.first_at <= (first_at ?? known.first_at) ? known.first_at : first_at,
      last_at: newest ? last_at : known.last_at,
    });
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}
