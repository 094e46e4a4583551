import { isHashingAlgorithm, type User } from "../../access/index.js";
import { badRequest, created, missing, noContent, ok } from "../answer.js";
import { secretOf, tagsOf } from "../declarations.js";
import { columns, listed } from "../listing.js";
import type { Request } from "../request.js";
import { type Route, route } from "../route-table.js";
import type { Json } from "../rows.js";
import { permissionJson, topicPermissionJson } from "./permissions.js";

export const userRoutes: readonly Route[] = [
  route("GET", "/whoami", "management", ({ user }) => ok({ name: user.name, tags: user.tags })),
  route("GET", "/users", "administrator", (request) =>
    ok(listed([...request.broker.access.users].map(userJson), request.query)),
  ),
  route("GET", "/users/without-permissions", "administrator", (request) => {
    const { users, permissions } = request.broker.access;
    const permitted = new Set([...permissions.permissions].map(({ user }) => user));
    return ok(listed([...users].filter(({ name }) => !permitted.has(name)).map(userJson), request.query));
  }),
  route("POST", "/users/bulk-delete", "administrator", (request) => {
    const { users } = request.json("users");
    if (!Array.isArray(users)) throw badRequest("users must be a list");
    for (const name of users) request.broker.deleteUser(String(name));
    return noContent;
  }),
  route("GET", "/users/:user", "administrator", (request) =>
    ok(columns(userJson(find(request)), request.query)),
  ),
  route("PUT", "/users/:user", "administrator", put),
  route("DELETE", "/users/:user", "administrator", (request) => {
    request.broker.deleteUser(find(request).name);
    return noContent;
  }),
  route("GET", "/users/:user/permissions", "administrator", (request) => {
    const { name } = find(request);
    const rows = [...request.broker.access.permissions.permissions].filter(({ user }) => user === name);
    return ok(listed(rows.map(permissionJson), request.query));
  }),
  route("GET", "/users/:user/topic-permissions", "administrator", (request) => {
    const { name } = find(request);
    const rows = [...request.broker.access.permissions.topics].filter(({ user }) => user === name);
    return ok(listed(rows.map(topicPermissionJson), request.query));
  }),
];

function userJson(user: User): Json {
  return {
    name: user.name,
    password_hash: user.passwordHash,
    hashing_algorithm: user.hashingAlgorithm,
    tags: user.tags,
    limits: {},
  };
}

function put(request: Request) {
  const { users } = request.broker.access;
  const name = request.param("user");
  const body = request.json();
  if (body.tags === undefined) throw badRequest("tags_not_present");
  const algorithm = body.hashing_algorithm;
  if (algorithm !== undefined && !(typeof algorithm === "string" && isHashingAlgorithm(algorithm)))
    throw badRequest(`unknown hashing algorithm ${String(algorithm)}`);
  const exists = users.get(name) !== undefined;
  users.put(
    name,
    { ...secretOf(body), hashingAlgorithm: algorithm as string | undefined },
    tagsOf(body.tags),
  );
  return exists ? noContent : created;
}

function find(request: Request): User {
  const user = request.broker.access.users.get(request.param("user"));
  if (user === undefined) throw missing();
  return user;
}
