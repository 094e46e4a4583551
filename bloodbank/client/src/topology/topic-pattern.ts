/** Topic matching as a topic exchange does it: `*` is one word, `#` is any number, none included. */
export function topicMatcher(pattern: string): (routingKey: string) => boolean {
  if (pattern === "#") return () => true;
  if (!/[*#]/.test(pattern)) return (routingKey) => routingKey === pattern;
  const words = pattern.split(".");
  return (routingKey) => matches(words, 0, routingKey.split("."), 0);
}

function matches(pattern: readonly string[], p: number, key: readonly string[], k: number): boolean {
  for (; p < pattern.length; p++, k++) {
    const word = pattern[p];
    if (word === "#") {
      for (let rest = k; rest <= key.length; rest++) if (matches(pattern, p + 1, key, rest)) return true;
      return false;
    }
    if (k >= key.length || (word !== "*" && word !== key[k])) return false;
  }
  return k === key.length;
}
