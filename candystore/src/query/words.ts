/**
 * How text becomes words, in what is stored and in what is looked for alike: lower case, no accents, letters and
 * digits only. Chinese and Japanese, which have no spaces, count each character as a word. A UUID is one word.
 */
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
const SPLIT =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}])[\p{L}\p{N}])+/gu;
const ASCII_SPLIT = /[a-z0-9]+/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what it is about.
const ASCII = /^[\x00-\x7f]*$/;
const LONGEST_WORD = 64;

export function wordsOf(text: string): readonly string[] {
  const joined =
    text.length >= 36 && text.includes("-")
      ? text.replace(UUID, (uuid) => ` ${uuid.replaceAll("-", "")} `)
      : text;
  const found = ASCII.test(joined)
    ? joined.toLowerCase().match(ASCII_SPLIT)
    : joined
        .normalize("NFKD")
        .replace(/\p{M}+/gu, "")
        .toLowerCase()
        .replaceAll("ß", "ss")
        .match(SPLIT);
  if (found === null) return [];
  for (let i = 0; i < found.length; i++)
    if (found[i]!.length > LONGEST_WORD) found[i] = found[i]!.slice(0, LONGEST_WORD);
  return found;
}
