/**
 * Event types by pattern, as a topic exchange matches routing keys: `*` is one word, `#` any number, none included.
 *
 * Patterns come from whoever asks, types from whoever publishes: it must not take long, whatever both are. Only the
 * last `#` is ever gone back to, which is enough (a longer match of an earlier one would leave less, never more), so
 * the work is at most the product of both lengths.
 */
export function typeMatcher(pattern: string): (type: string) => boolean {
  if (pattern === "#") return () => true;
  if (!/[*#]/.test(pattern)) return (type) => type === pattern;
  const words = pattern.split(".");
  return (type) => matches(words, type.split("."));
}

function matches(pattern: readonly string[], type: readonly string[]): boolean {
  let p = 0;
  let hash = -1;
  let resume = 0;
  for (let t = 0; t < type.length; ) {
    const word = pattern[p];
    if (word === "#") {
      hash = p++;
      resume = t;
    } else if (word === "*" || (word !== undefined && word === type[t])) {
      p++;
      t++;
    } else if (hash >= 0) {
      p = hash + 1;
      t = ++resume;
    } else return false;
  }
  while (pattern[p] === "#") p++;
  return p === pattern.length;
}
