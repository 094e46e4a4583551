/** Summaries of 1,024 positions each: between which times they were received, and how many of each class they are. */

/** Positions of a block. */
export const BLOCK = 1_024;

export interface Block {
  readonly block: number;
  readonly earliest: number;
  readonly latest: number;
  /** Events by class. */
  readonly counts: ReadonlyMap<number, number>;
}

export interface BlockRow {
  readonly block: number;
  readonly earliest: number;
  readonly latest: number;
  readonly counts: string;
}

export const blockOf = (position: number): number => Math.floor(position / BLOCK);

export function blockFromRow({ block, earliest, latest, counts }: BlockRow): Block {
  const numbers = JSON.parse(counts) as number[];
  const map = new Map<number, number>();
  for (let i = 0; i < numbers.length; i += 2) map.set(numbers[i]!, numbers[i + 1]!);
  return { block, earliest, latest, counts: map };
}

/** Class and count in turns. */
export const countsText = (counts: ReadonlyMap<number, number>): string => JSON.stringify([...counts].flat());

/** A block that is being filled. */
export class OpenBlock {
  readonly block: number;
  earliest: number;
  latest: number;
  readonly counts: Map<number, number>;

  constructor(from: number | Block) {
    if (typeof from === "number") {
      this.block = from;
      this.earliest = Number.MAX_SAFE_INTEGER;
      this.latest = 0;
      this.counts = new Map();
    } else {
      this.block = from.block;
      this.earliest = from.earliest;
      this.latest = from.latest;
      this.counts = new Map(from.counts);
    }
  }

  add(eventClass: number, receivedAt: number): void {
    if (receivedAt < this.earliest) this.earliest = receivedAt;
    if (receivedAt > this.latest) this.latest = receivedAt;
    this.counts.set(eventClass, (this.counts.get(eventClass) ?? 0) + 1);
  }
}

/** Ranges of positions, both ends included. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** The positions that can have been received in `[since, until)`, in rising order and as few ranges as possible. */
export function rangesReceived(blocks: Iterable<Block>, since: number, until: number): readonly Range[] {
  const ranges: { from: number; to: number }[] = [];
  for (const { block, earliest, latest } of blocks) {
    if (latest < since || earliest >= until) continue;
    const last = ranges.at(-1);
    const from = block * BLOCK;
    if (last !== undefined && last.to === from - 1) last.to = from + BLOCK - 1;
    else ranges.push({ from, to: from + BLOCK - 1 });
  }
  return ranges;
}
