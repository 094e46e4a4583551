/** One request: who asks, for what, with which body. The checks that routes share. */
import type { Right, User } from "../access/index.js";
import { badRequest, forbidden, ManagementError, missing } from "./answer.js";
import type { ManagedBroker } from "./contract.js";
import type { Sampler } from "./sampler.js";

export interface Context {
  readonly broker: ManagedBroker;
  readonly sampler: Sampler;
}

/** What a route needs its user to be tagged with. */
export type Role = "management" | "policymaker" | "monitoring" | "administrator";

const GRANTS: Readonly<Record<string, readonly Role[]>> = {
  management: ["management"],
  policymaker: ["management", "policymaker"],
  monitoring: ["management", "monitoring"],
  administrator: ["management", "policymaker", "monitoring", "administrator"],
};

/** The process that started the broker. It may do everything, and no change to the users takes that from it. */
export const OWNER: User = { name: "", passwordHash: "", hashingAlgorithm: "", tags: ["administrator"] };

export function hasRole(user: User, role: Role): boolean {
  return user.tags.some((tag) => GRANTS[tag]?.includes(role));
}

export class Request {
  readonly broker: ManagedBroker;
  readonly sampler: Sampler;
  readonly user: User;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly #body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;

  constructor(
    context: Context,
    user: User,
    params: Readonly<Record<string, string>>,
    query: URLSearchParams,
    body: string,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ) {
    this.broker = context.broker;
    this.sampler = context.sampler;
    this.user = user;
    this.params = params;
    this.query = query;
    this.headers = headers;
    this.#body = body;
  }

  /** The path's virtual host: it must exist, and the user must be let into it. */
  get vhost(): string {
    const name = this.param("vhost");
    if (!this.broker.vhosts().some((vhost) => vhost.name === name)) throw missing();
    if (!this.seesAll && !this.mayEnter(name))
      throw new ManagementError(401, "not_authorised", "User not authorised to access virtual host");
    return name;
  }

  param(name: string): string {
    return this.params[name] ?? "";
  }

  /** An exchange's name in a path: the default one goes by `amq.default`. */
  exchangeParam(name: string): string {
    const value = this.param(name);
    return value === "amq.default" ? "" : value;
  }

  get seesAll(): boolean {
    return hasRole(this.user, "monitoring");
  }

  mayEnter(vhost: string): boolean {
    return this.broker.access.permissions.mayEnter(this.user.name, vhost);
  }

  /** Rows of the virtual hosts that the user may look at. */
  visible<R extends { readonly vhost: string }>(rows: readonly R[]): readonly R[] {
    return this.seesAll ? rows : rows.filter((row) => this.mayEnter(row.vhost));
  }

  assert(right: Right, vhost: string, name: string): void {
    if (this.user === OWNER) return;
    if (!this.broker.access.permissions.allows(this.user.name, vhost, right, name))
      throw forbidden("Access refused.");
  }

  /** The body as an object; an empty one is an object without members. */
  json(...required: readonly string[]): Readonly<Record<string, unknown>> {
    const value = this.#body.trim() === "" ? {} : parse(this.#body);
    const absent = required.filter((key) => value[key] === undefined);
    if (absent.length > 0) throw badRequest(`[${absent.map((key) => `{key_missing,${key}}`).join(",")}]`);
    return value;
  }

  flag(name: string): boolean {
    return this.query.get(name) === "true";
  }
}

function parse(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badRequest("not_json");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw badRequest("not_json");
  return value as Readonly<Record<string, unknown>>;
}
