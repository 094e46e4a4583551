const HEIGHTS = "▁▂▃▄▅▆▇█";

/** A sign a number, as high as it is against the highest; nothing at all is a blank, and little is not nothing. */
export function bars(counts: readonly number[]): string {
  const highest = Math.max(...counts, 1);
  return counts
    .map((count) => (count === 0 ? " " : HEIGHTS[Math.ceil((count / highest) * HEIGHTS.length) - 1]))
    .join("");
}
