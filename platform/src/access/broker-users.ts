/**
 * The broker's users, as RabbitMQ definitions: each token is a user whose password it is. A reader may read, and
 * declare nothing; an operator may do everything.
 */
import type { Tokens } from "./tokens.js";

export function withUsers(definitions: unknown, tokens: Tokens | undefined): unknown {
  if (tokens === undefined) return definitions;
  const given = (typeof definitions === "object" && definitions !== null ? definitions : {}) as Record<
    string,
    unknown
  >;
  const list = (name: string) => (Array.isArray(given[name]) ? given[name] : []);
  const users = tokens.all.map(({ name, secret, role }) => ({
    name,
    password: secret,
    tags: role === "operator" ? "administrator" : "monitoring",
  }));
  const permissions = tokens.all.map(({ name, role }) => {
    const may = role === "operator" ? ".*" : "";
    return { user: name, vhost: "/", configure: may, write: may, read: ".*" };
  });
  return {
    ...given,
    users: [...list("users"), ...users],
    permissions: [...list("permissions"), ...permissions],
  };
}
