/** What a user may do in a virtual host: a regular expression of names for each of configure, write and read. */
import { accessRefused } from "../errors.js";
import { type Records, Shelf } from "./records.js";

export type Right = "configure" | "write" | "read";

export interface Permission {
  readonly user: string;
  readonly vhost: string;
  readonly configure: string;
  readonly write: string;
  readonly read: string;
}

export interface TopicPermission {
  readonly user: string;
  readonly vhost: string;
  readonly exchange: string;
  readonly write: string;
  readonly read: string;
}

/** More distinct names than a user of one broker touches; above it the memory starts anew. */
const REMEMBERED = 4096;

export class Permissions {
  readonly permissions: Shelf<Permission>;
  readonly topics: Shelf<TopicPermission>;
  readonly #allowed = new Map<string, boolean>();

  constructor(records: Records) {
    this.permissions = new Shelf(records, "permission/");
    this.topics = new Shelf(records, "topic-permission/");
  }

  set(permission: Permission): void {
    this.permissions.set(permission, permission.vhost, permission.user);
    this.#allowed.clear();
  }

  delete(vhost: string, user: string): boolean {
    this.#allowed.clear();
    return this.permissions.delete(vhost, user);
  }

  setTopic(permission: TopicPermission): void {
    this.topics.set(permission, permission.vhost, permission.user, permission.exchange);
  }

  /** Without `exchange`: all of the user's in that virtual host. */
  deleteTopic(vhost: string, user: string, exchange?: string): void {
    this.topics.sweep(
      (topic) =>
        topic.vhost === vhost &&
        topic.user === user &&
        (exchange === undefined || topic.exchange === exchange),
    );
  }

  forgetUser(user: string): void {
    this.#allowed.clear();
    this.permissions.sweep((permission) => permission.user === user);
    this.topics.sweep((permission) => permission.user === user);
  }

  forgetVhost(vhost: string): void {
    this.#allowed.clear();
    this.permissions.sweep((permission) => permission.vhost === vhost);
    this.topics.sweep((permission) => permission.vhost === vhost);
  }

  mayEnter(user: string, vhost: string): boolean {
    return this.permissions.get(vhost, user) !== undefined;
  }

  /** `name` as permissions see it: the default exchange is `amq.default`. Asked for every publish, hence remembered. */
  allows(user: string, vhost: string, right: Right, name: string): boolean {
    const key = `${right}\0${vhost}\0${user}\0${name}`;
    let allowed = this.#allowed.get(key);
    if (allowed === undefined) {
      const permission = this.permissions.get(vhost, user);
      allowed = permission !== undefined && matches(permission[right], name === "" ? "amq.default" : name);
      if (this.#allowed.size >= REMEMBERED) this.#allowed.clear();
      this.#allowed.set(key, allowed);
    }
    return allowed;
  }

  /** Throws 403 as RabbitMQ words it. */
  assert(user: string, vhost: string, right: Right, kind: "queue" | "exchange", name: string): void {
    if (!this.allows(user, vhost, right, name))
      throw accessRefused(
        `access to ${kind} '${name === "" ? "amq.default" : name}' in vhost '${vhost}' refused for user '${user}'`,
      );
  }

  /** Whether anything limits the routing keys that this user may use with a topic exchange. */
  limitsTopics(user: string, vhost: string, exchange: string): boolean {
    return this.topics.size > 0 && this.topics.get(vhost, user, exchange) !== undefined;
  }

  /** For topic exchanges, beside `assert`: publishing needs write, binding read. No topic permission allows all keys. */
  assertTopic(
    user: string,
    vhost: string,
    right: "write" | "read",
    exchange: string,
    routingKey: string,
  ): void {
    const topic = this.topics.size === 0 ? undefined : this.topics.get(vhost, user, exchange);
    if (topic === undefined) return;
    const pattern = topic[right]
      .replaceAll("{username}", escaped(user))
      .replaceAll("{vhost}", escaped(vhost));
    if (!matches(pattern, routingKey))
      throw accessRefused(
        `access to topic '${routingKey}' in exchange '${exchange}' in vhost '${vhost}' refused for user '${user}'`,
      );
  }
}

const compiled = new Map<string, RegExp | null>();

/** An empty pattern matches nothing but the empty name, as in RabbitMQ; one that does not compile matches nothing. */
function matches(pattern: string, name: string): boolean {
  if (pattern === "") return name === "";
  let expression = compiled.get(pattern);
  if (expression === undefined) {
    expression = compilePattern(pattern);
    if (compiled.size >= REMEMBERED) compiled.clear();
    compiled.set(pattern, expression);
  }
  return expression?.test(name) ?? false;
}

export function compilePattern(pattern: string): RegExp | null {
  try {
    return new RegExp(pattern);
  } catch {
    return null;
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
