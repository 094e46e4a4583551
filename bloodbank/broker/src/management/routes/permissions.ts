import { compilePattern, type Permission, type TopicPermission } from "../../access/index.js";
import { badRequest, created, missing, noContent, ok } from "../answer.js";
import { text } from "../declarations.js";
import { listed } from "../listing.js";
import type { Request } from "../request.js";
import { type Route, route } from "../route-table.js";
import type { Json } from "../rows.js";

export const permissionRoutes: readonly Route[] = [
  route("GET", "/permissions", "administrator", (request) =>
    ok(listed([...request.broker.access.permissions.permissions].map(permissionJson), request.query)),
  ),
  route("GET", "/permissions/:vhost/:user", "administrator", (request) => {
    const { permissions } = request.broker.access.permissions;
    const permission = permissions.get(request.param("vhost"), request.param("user"));
    if (permission === undefined) throw missing();
    return ok(permissionJson(permission));
  }),
  route("PUT", "/permissions/:vhost/:user", "administrator", (request) => {
    const body = request.json("configure", "write", "read");
    const { vhost, user } = known(request);
    const { permissions } = request.broker.access;
    const exists = permissions.permissions.get(vhost, user) !== undefined;
    permissions.set({
      vhost,
      user,
      configure: pattern(body, "configure"),
      write: pattern(body, "write"),
      read: pattern(body, "read"),
    });
    return exists ? noContent : created;
  }),
  route("DELETE", "/permissions/:vhost/:user", "administrator", (request) => {
    if (!request.broker.access.permissions.delete(request.param("vhost"), request.param("user")))
      throw missing();
    return noContent;
  }),
  route("GET", "/topic-permissions", "administrator", (request) =>
    ok(listed([...request.broker.access.permissions.topics].map(topicPermissionJson), request.query)),
  ),
  route("GET", "/topic-permissions/:vhost/:user", "administrator", (request) => {
    const rows = topicsOf(request);
    if (rows.length === 0) throw missing();
    return ok(rows.map(topicPermissionJson));
  }),
  route("PUT", "/topic-permissions/:vhost/:user", "administrator", (request) => {
    const body = request.json("exchange", "write", "read");
    const { vhost, user } = known(request);
    const exchange = text(body, "exchange");
    const { permissions } = request.broker.access;
    const exists = permissions.topics.get(vhost, user, exchange) !== undefined;
    permissions.setTopic({
      vhost,
      user,
      exchange,
      write: pattern(body, "write"),
      read: pattern(body, "read"),
    });
    return exists ? noContent : created;
  }),
  route("DELETE", "/topic-permissions/:vhost/:user", "administrator", (request) => {
    if (topicsOf(request).length === 0) throw missing();
    request.broker.access.permissions.deleteTopic(request.param("vhost"), request.param("user"));
    return noContent;
  }),
];

export function permissionJson({ user, vhost, configure, write, read }: Permission): Json {
  return { user, vhost, configure, write, read };
}

export function topicPermissionJson({ user, vhost, exchange, write, read }: TopicPermission): Json {
  return { user, vhost, exchange, write, read };
}

function known(request: Request): { readonly vhost: string; readonly user: string } {
  const vhost = request.param("vhost");
  const user = request.param("user");
  const { broker } = request;
  if (!broker.vhosts().some(({ name }) => name === vhost) || broker.access.users.get(user) === undefined)
    throw badRequest("vhost_or_user_not_found");
  return { vhost, user };
}

function pattern(body: Readonly<Record<string, unknown>>, right: string): string {
  const value = text(body, right);
  if (compilePattern(value) === null) throw badRequest(`invalid_regexp ${value}`);
  return value;
}

function topicsOf(request: Request): readonly TopicPermission[] {
  return [...request.broker.access.permissions.topics].filter(
    ({ vhost, user }) => vhost === request.param("vhost") && user === request.param("user"),
  );
}
