/** Dead letters that died of the same cause. */
import type { DeadLetter } from "../api/schemas.js";

export interface Group {
  readonly key: string;
  readonly queue: string;
  readonly eventType: string;
  readonly code: string;
  readonly reason: string;
  readonly first: number;
  readonly last: number;
  /** How many died in each of 24 equal parts of the time from the first to the last. */
  readonly trend: readonly number[];
  readonly letters: readonly DeadLetter[];
}

const PARTS = 24;

/** Numbers and ids differ from message to message without being another cause. */
const cause = (reason: string) => reason.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+/gi, "…");

/** The largest group first. */
export function groupByCause(letters: readonly DeadLetter[]): readonly Group[] {
  const groups = new Map<string, DeadLetter[]>();
  for (const letter of letters) {
    const key = [letter.queue, letter.event_type, letter.code, cause(letter.reason)].join("\n");
    const group = groups.get(key);
    if (group) group.push(letter);
    else groups.set(key, [letter]);
  }
  return [...groups]
    .map(([key, members]): Group => {
      const times = members
        .map((m) => Date.parse(m.last_at ?? m.first_at ?? ""))
        .filter((t) => !Number.isNaN(t));
      const first = times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
      const last = times.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
      const trend = Array.from({ length: PARTS }, () => 0);
      for (const time of times) {
        const part = last > first ? Math.floor(((time - first) / (last - first)) * (PARTS - 1)) : PARTS - 1;
        trend[part] = (trend[part] ?? 0) + 1;
      }
      const sample = members[0]!;
      return {
        key,
        queue: sample.queue,
        eventType: sample.event_type,
        code: sample.code,
        reason: sample.reason,
        first: times.length ? first : Number.NaN,
        last: times.length ? last : Number.NaN,
        trend,
        letters: members,
      };
    })
    .sort((a, b) => b.letters.length - a.letters.length);
}
