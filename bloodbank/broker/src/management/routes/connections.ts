import { missing, noContent, ok } from "../answer.js";
import type { ChannelRow, ConnectionRow } from "../contract.js";
import { columns, listed } from "../listing.js";
import { hasRole, type Request } from "../request.js";
import { type Route, route } from "../route-table.js";
import { channelJson, channelName, connectionJson, consumerJson, type Json } from "../rows.js";

export const connectionRoutes: readonly Route[] = [
  route("GET", "/connections", "management", (request) => list(request, mine(request))),
  route("GET", "/vhosts/:vhost/connections", "management", (request) => {
    const { vhost } = request;
    return list(
      request,
      mine(request).filter((connection) => connection.vhost === vhost),
    );
  }),
  route("GET", "/connections/:connection", "management", (request) =>
    ok(columns(connectionJson(request, find(request)), request.query)),
  ),
  route("DELETE", "/connections/:connection", "management", (request) => {
    const { name } = find(request);
    const reason = request.headers["x-reason"];
    const words = typeof reason === "string" && reason !== "" ? reason : "Closed via management plugin";
    request.broker.closeConnection(name, words);
    return noContent;
  }),
  route("GET", "/connections/username/:user", "management", (request) =>
    list(
      request,
      mine(request).filter((connection) => connection.user === request.param("user")),
    ),
  ),
  route("DELETE", "/connections/username/:user", "administrator", (request) => {
    for (const { name, user } of request.broker.connections())
      if (user === request.param("user"))
        request.broker.closeConnection(name, "Closed via management plugin");
    return noContent;
  }),
  route("GET", "/connections/:connection/channels", "management", (request) => {
    const { name } = find(request);
    return channels(request, (channel) => channel.connection.name === name);
  }),
  route("GET", "/channels", "management", (request) => channels(request, () => true)),
  route("GET", "/vhosts/:vhost/channels", "management", (request) => {
    const { vhost } = request;
    return channels(request, (channel) => channel.connection.vhost === vhost);
  }),
  route("GET", "/channels/:channel", "management", (request) => {
    const name = request.param("channel");
    const channel = visibleChannels(request).find((one) => channelName(one.connection, one.number) === name);
    if (channel === undefined) throw missing();
    const consumers = request.broker
      .consumers()
      .filter(
        ({ channel: of }) => of?.number === channel.number && of.connection.name === channel.connection.name,
      );
    const row: Json = {
      ...channelJson(request, channel),
      consumer_details: consumers.map((consumer) => consumerJson(request, consumer)),
      deliveries: [],
      publishes: [],
    };
    return ok(columns(row, request.query));
  }),
  route("GET", "/consumers", "management", (request) => {
    const consumers = request.visible(request.broker.consumers());
    return ok(
      listed(
        consumers.map((consumer) => consumerJson(request, consumer)),
        request.query,
      ),
    );
  }),
  route("GET", "/consumers/:vhost", "management", (request) => {
    const consumers = request.broker.consumers(request.vhost);
    return ok(
      listed(
        consumers.map((consumer) => consumerJson(request, consumer)),
        request.query,
      ),
    );
  }),
];

/** Without the tag `monitoring` a user sees connections of its own. */
function mine(request: Request): readonly ConnectionRow[] {
  const all = request.broker.connections();
  return hasRole(request.user, "monitoring") ? all : all.filter(({ user }) => user === request.user.name);
}

function find(request: Request): ConnectionRow {
  const name = request.param("connection");
  const connection = mine(request).find((candidate) => candidate.name === name);
  if (connection === undefined) throw missing();
  return connection;
}

function list(request: Request, connections: readonly ConnectionRow[]) {
  return ok(
    listed(
      connections.map((connection) => connectionJson(request, connection)),
      request.query,
    ),
  );
}

function visibleChannels(request: Request): readonly ChannelRow[] {
  const all = request.broker.channels();
  return hasRole(request.user, "monitoring")
    ? all
    : all.filter(({ connection }) => connection.user === request.user.name);
}

function channels(request: Request, where: (channel: ChannelRow) => boolean) {
  const rows = visibleChannels(request).filter(where);
  return ok(
    listed(
      rows.map((channel) => channelJson(request, channel)),
      request.query,
    ),
  );
}
