/**
 * Topic matching as a topic exchange does it: `*` is one word, `#` is any number, none included.
 *
 * Takes no longer than the product of both lengths, whatever the pattern: only the last `#` is ever gone back to. An
 * earlier one could only take more words, and would leave the rest of the pattern less to choose from.
 */
export function topicMatcher(pattern: string): (routingKey: string) => boolean {
  if (pattern === "#") return () => true;
  if (!/[*#]/.test(pattern)) return (routingKey) => routingKey === pattern;
  const words = pattern.split(".");
  return (routingKey) => matches(words, routingKey.split("."));
}

function matches(pattern: readonly string[], key: readonly string[]): boolean {
  let p = 0;
  let afterHash = -1;
  let takenByHash = 0;
  for (let k = 0; k < key.length; ) {
    const word = pattern[p];
    if (word === "#") {
      afterHash = ++p;
      takenByHash = k;
    } else if (word !== undefined && (word === "*" || word === key[k])) {
      p++;
      k++;
    } else if (afterHash >= 0) {
      p = afterHash;
      k = ++takenByHash;
    } else return false;
  }
  while (pattern[p] === "#") p++;
  return p === pattern.length;
}
