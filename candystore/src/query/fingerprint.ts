/** A short text that another one has hardly ever: FNV-1a, twice with different seeds. http://www.isthe.com/chongo/tech/comp/fnv/ */
export function fingerprint(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x7ee3623a;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x01000193) + 1;
  }
  return `${(a >>> 0).toString(36)}x${(b >>> 0).toString(36)}`;
}
