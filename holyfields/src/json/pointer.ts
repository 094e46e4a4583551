/** JSON Pointers (RFC 6901). */

export const escapeToken = (token: string): string => token.replaceAll("~", "~0").replaceAll("/", "~1");

const unescapeToken = (token: string): string => token.replaceAll("~1", "/").replaceAll("~0", "~");

export const pointerOf = (path: readonly (string | number)[]): string =>
  path.map((token) => `/${escapeToken(String(token))}`).join("");

export const pathOf = (pointer: string): string[] =>
  pointer === "" ? [] : pointer.slice(1).split("/").map(unescapeToken);

/** What a pointer leads to, or undefined. Own members only. */
export function follow(root: unknown, pointer: string): unknown {
  let value = root;
  for (const token of pathOf(pointer)) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, token)) return undefined;
    value = (value as Record<string, unknown>)[token];
  }
  return value;
}
