/** Numbers of so many digits, by themselves: to write one takes longer than to look it up. */
export const TWO = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, "0"));
export const THREE = Array.from({ length: 1_000 }, (_, n) => String(n).padStart(3, "0"));
