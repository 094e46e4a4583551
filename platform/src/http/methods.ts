/** Which methods the addresses take: Fastify's router answers 404 to a method that an address does not take. */
import type { FastifyInstance } from "fastify";

/** To be called before the routes are added. */
export function methodsOf(server: FastifyInstance): (address: string) => readonly string[] {
  const known = new Map<string, Set<string>>();
  server.addHook("onRoute", ({ url, method }) => {
    const methods = known.get(url) ?? new Set();
    known.set(url, methods);
    for (const one of [method].flat()) methods.add(one);
  });
  return (address) => {
    const words = address.split("/");
    const methods = [...known].flatMap(([pattern, taken]) =>
      fits(pattern.split("/"), words) ? [...taken] : [],
    );
    return [...new Set(methods)].sort();
  };
}

const fits = (pattern: readonly string[], words: readonly string[]): boolean =>
  pattern.length === words.length &&
  pattern.every((part, at) => part === words[at] || (part.startsWith(":") && words[at] !== ""));
