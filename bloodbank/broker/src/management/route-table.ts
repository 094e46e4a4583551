/** Paths of the API to what answers them. */
import type { Answer } from "./answer.js";
import type { Request, Role } from "./request.js";

export type Handler = (request: Request) => Answer | Promise<Answer>;

export interface Route {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** `/queues/:vhost/:queue`, below `/api`. */
  readonly path: string;
  readonly role: Role;
  readonly handle: Handler;
}

export function route(method: Route["method"], path: string, role: Role, handle: Handler): Route {
  return { method, path, role, handle };
}

interface Match {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

export class RouteTable {
  readonly #paths = new Map<number, { readonly segments: readonly string[]; readonly routes: Route[] }[]>();

  constructor(routes: readonly Route[]) {
    for (const one of routes) {
      const segments = one.path.split("/").slice(1);
      const sameLength = this.#paths.get(segments.length) ?? [];
      const known = sameLength.find((path) => path.segments.join("/") === segments.join("/"));
      if (known === undefined) sameLength.push({ segments, routes: [one] });
      else known.routes.push(one);
      this.#paths.set(segments.length, sameLength);
    }
    // A path that is spelt out wins over one with a parameter in the same place.
    for (const paths of this.#paths.values())
      paths.sort((a, b) => parameters(a.segments) - parameters(b.segments));
  }

  /** The route, or the methods that the path has instead (none: there is no such path). */
  find(method: string, path: string): Match | readonly string[] {
    const segments = path.split("/").slice(1);
    for (const { segments: pattern, routes } of this.#paths.get(segments.length) ?? []) {
      const params = matched(pattern, segments);
      if (params === undefined) continue;
      const found = routes.find((one) => one.method === (method === "HEAD" ? "GET" : method));
      return found === undefined ? routes.map((one) => one.method) : { route: found, params };
    }
    return [];
  }
}

function parameters(segments: readonly string[]): number {
  return segments.filter((segment) => segment.startsWith(":")).length;
}

function matched(
  pattern: readonly string[],
  segments: readonly string[],
): Readonly<Record<string, string>> | undefined {
  const params: Record<string, string> = {};
  for (const [i, expected] of pattern.entries()) {
    const given = segments[i] as string;
    if (!expected.startsWith(":")) {
      if (given !== expected) return undefined;
      continue;
    }
    try {
      params[expected.slice(1)] = decodeURIComponent(given);
    } catch {
      return undefined;
    }
    // Kept as it came for those that compare it with a name they encoded themselves.
    params[`${expected.slice(1)}:raw`] = given;
  }
  return params;
}
