import type { LetterGroup, LetterSummary } from "./contract.js";

const PARTS = 24;

/** Largest group first. */
export function grouped(letters: readonly LetterSummary[]): readonly LetterGroup[] {
  const groups = new Map<string, LetterSummary[]>();
  for (const letter of letters) {
    const members = groups.get(letter.group);
    if (members === undefined) groups.set(letter.group, [letter]);
    else members.push(letter);
  }
  return [...groups].map(([group, members]) => groupOf(group, members)).sort((a, b) => b.count - a.count);
}

function groupOf(group: string, members: readonly LetterSummary[]): LetterGroup {
  const newest = members.reduce((a, b) => ((b.last_at ?? "") >= (a.last_at ?? "") ? b : a));
  const firsts = members.map(({ first_at }) => first_at).filter((time) => time !== null);
  const { queue, event_type, code, reason, last_at } = newest;
  return {
    group,
    queue,
    event_type,
    code,
    reason,
    count: members.length,
    first_at: firsts.sort()[0] ?? null,
    last_at,
    trend: trendOf(members.map((letter) => Date.parse(letter.last_at ?? letter.first_at ?? ""))),
  };
}

function trendOf(deaths: readonly number[]): readonly number[] {
  const times = deaths.filter((time) => !Number.isNaN(time));
  const from = times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const span = times.reduce((a, b) => Math.max(a, b), from) - from;
  const trend = Array.from({ length: PARTS }, () => 0);
  for (const time of times) {
    const part = span > 0 ? Math.floor(((time - from) / span) * (PARTS - 1)) : PARTS - 1;
    trend[part] = (trend[part] ?? 0) + 1;
  }
  return trend;
}
