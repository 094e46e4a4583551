import { created, missing, noContent, ok } from "../answer.js";
import type { VhostRow } from "../contract.js";
import { tagsOf, text } from "../declarations.js";
import { columns, listed } from "../listing.js";
import { OWNER, type Request } from "../request.js";
import { type Route, route } from "../route-table.js";
import type { Json } from "../rows.js";
import { lengthsOf } from "../sampler.js";
import { permissionJson, topicPermissionJson } from "./permissions.js";

export const vhostRoutes: readonly Route[] = [
  route("GET", "/vhosts", "management", (request) => {
    const rows = request.broker.vhosts().filter(({ name }) => request.seesAll || request.mayEnter(name));
    return ok(
      listed(
        rows.map((vhost) => vhostJson(request, vhost)),
        request.query,
      ),
    );
  }),
  route("GET", "/vhosts/:vhost", "management", (request) => {
    const name = request.vhost;
    const vhost = request.broker.vhosts().find((candidate) => candidate.name === name);
    if (vhost === undefined) throw missing();
    return ok(columns(vhostJson(request, vhost), request.query));
  }),
  route("PUT", "/vhosts/:vhost", "administrator", (request) => {
    const name = request.param("vhost");
    const body = request.json();
    const exists = request.broker.vhosts().some((vhost) => vhost.name === name);
    request.broker.putVhost(name, { description: text(body, "description"), tags: tagsOf(body.tags) });
    // As RabbitMQ does, so that whoever made it can use it.
    if (!exists && request.user !== OWNER) request.broker.access.grantAll(request.user.name, name);
    return exists ? noContent : created;
  }),
  route("DELETE", "/vhosts/:vhost", "administrator", (request) => {
    const name = request.param("vhost");
    if (!request.broker.vhosts().some((vhost) => vhost.name === name)) throw missing();
    request.broker.deleteVhost(name);
    return noContent;
  }),
  route("GET", "/vhosts/:vhost/permissions", "administrator", (request) => {
    const name = request.vhost;
    const rows = [...request.broker.access.permissions.permissions].filter(({ vhost }) => vhost === name);
    return ok(listed(rows.map(permissionJson), request.query));
  }),
  route("GET", "/vhosts/:vhost/topic-permissions", "administrator", (request) => {
    const name = request.vhost;
    const rows = [...request.broker.access.permissions.topics].filter(({ vhost }) => vhost === name);
    return ok(listed(rows.map(topicPermissionJson), request.query));
  }),
];

function vhostJson({ broker }: Request, vhost: VhostRow): Json {
  const lengths = { messages: 0, messages_ready: 0, messages_unacknowledged: 0 };
  for (const queue of broker.queues(vhost.name)) {
    const own = lengthsOf(queue);
    lengths.messages += own.messages;
    lengths.messages_ready += own.messages_ready;
    lengths.messages_unacknowledged += own.messages_unacknowledged;
  }
  const { name, description, tags } = vhost;
  return {
    name,
    description,
    tags,
    default_queue_type: "undefined",
    metadata: { description, tags },
    tracing: false,
    cluster_state: { [broker.node.name]: "running" },
    ...lengths,
  };
}
