/** `1 event`, `1,204 events`. */
export const counted = (count: number, one: string, many: string) =>
  `${count.toLocaleString()} ${count === 1 ? one : many}`;

/** `0`, `0.4`, `12`, `1,204`: as many digits as tell something. */
export const rate = (perSecond: number) =>
  `${perSecond === 0 || perSecond >= 9.95 ? Math.round(perSecond).toLocaleString() : perSecond.toFixed(1)}/s`;

const COMPACT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 0 });

/** `9,999`, `48K`: where there is no room for more. */
export const compact = (count: number) => (count < 10_000 ? count.toLocaleString() : COMPACT.format(count));
