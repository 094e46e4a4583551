import { isUtf8 } from "node:buffer";
import { assertNameNotReserved } from "../../arguments/index.js";
import { textOf } from "../../wire/table.js";
import { badRequest, created, missing, noContent, ok } from "../answer.js";
import type { GotMessage, QueueRow, Settle } from "../contract.js";
import { queueDeclaration } from "../declarations.js";
import { columns, listed } from "../listing.js";
import { propertiesJson } from "../message-properties.js";
import type { Request } from "../request.js";
import { type Route, route } from "../route-table.js";
import { bindingJson, consumerJson, type Json, queueJson } from "../rows.js";

const ACK_MODES: Readonly<Record<string, Settle>> = {
  ack_requeue_true: "requeue",
  ack_requeue_false: "ack",
  reject_requeue_true: "reject-requeue",
  reject_requeue_false: "reject",
};

export const queueRoutes: readonly Route[] = [
  route("GET", "/queues", "management", (request) =>
    ok(
      listed(
        request.visible(request.broker.queues()).map((queue) => queueJson(request, queue)),
        request.query,
      ),
    ),
  ),
  route("GET", "/queues/:vhost", "management", (request) =>
    ok(
      listed(
        request.broker.queues(request.vhost).map((queue) => queueJson(request, queue)),
        request.query,
      ),
    ),
  ),
  route("GET", "/queues/:vhost/:queue", "management", (request) => {
    const queue = find(request);
    const consumers = request.broker
      .consumers(queue.vhost)
      .filter((consumer) => consumer.queue === queue.name);
    const row: Json = {
      consumer_details: consumers.map((consumer) => consumerJson(request, consumer)),
      ...queueJson(request, queue),
      deliveries: [],
      incoming: [],
    };
    return ok(columns(row, request.query));
  }),
  route("PUT", "/queues/:vhost/:queue", "management", (request) => {
    const declaration = queueDeclaration(request.vhost, request.param("queue"), request.json());
    const { vhost, name, arguments: args } = declaration;
    const length = Buffer.byteLength(name);
    if (length > 255) throw badRequest(`queue should be less than 255 bytes, actually was ${length}\n`);
    const exists = request.broker.queues(vhost).some((queue) => queue.name === name);
    request.assert("configure", vhost, name);
    if (!exists) assertNameNotReserved("queue", name);
    const deadLetters = textOf(args.get("x-dead-letter-exchange"));
    if (deadLetters !== undefined) {
      request.assert("read", vhost, name);
      request.assert("write", vhost, deadLetters);
    }
    request.broker.declareQueue(declaration);
    return exists ? noContent : created;
  }),
  route("DELETE", "/queues/:vhost/:queue", "management", (request) => {
    const { vhost, name } = find(request);
    request.assert("configure", vhost, name);
    request.broker.deleteQueue(vhost, name, {
      ifUnused: request.flag("if-unused"),
      ifEmpty: request.flag("if-empty"),
    });
    return noContent;
  }),
  route("DELETE", "/queues/:vhost/:queue/contents", "management", (request) => {
    const { vhost, name } = find(request);
    request.assert("read", vhost, name);
    request.broker.purgeQueue(vhost, name);
    return noContent;
  }),
  route("GET", "/queues/:vhost/:queue/bindings", "management", (request) => {
    const { vhost, name } = find(request);
    const bindings = request.broker
      .bindings(vhost)
      .filter((binding) => binding.destinationType === "queue" && binding.destination === name);
    return ok(listed(bindings.map(bindingJson), request.query));
  }),
  route("POST", "/queues/:vhost/:queue/get", "management", (request) => {
    const { vhost, name } = find(request);
    const body = request.json("ackmode", "count", "encoding");
    const settle = ACK_MODES[String(body.ackmode)];
    if (settle === undefined) throw badRequest(`unknown ackmode ${String(body.ackmode)}`);
    const count = Number(body.count);
    if (!Number.isSafeInteger(count) || count < 0) throw badRequest("count must be a whole number");
    const truncate = body.truncate === undefined ? Number.POSITIVE_INFINITY : Number(body.truncate);
    if (Number.isNaN(truncate)) throw badRequest("truncate must be a number");
    request.assert("read", vhost, name);
    const messages = request.broker.get(vhost, name, count, settle);
    return ok(messages.map((message) => messageJson(message, body.encoding === "base64", truncate)));
  }),
  // Mirrors are of clusters: there is nothing to synchronise.
  route("POST", "/queues/:vhost/:queue/actions", "management", (request) => {
    find(request);
    return noContent;
  }),
];

function find(request: Request): QueueRow {
  const name = request.param("queue");
  const queue = request.broker.queues(request.vhost).find((candidate) => candidate.name === name);
  if (queue === undefined) throw missing();
  return queue;
}

function messageJson(message: GotMessage, base64: boolean, truncate: number): Json {
  const shown = message.body.subarray(0, Math.min(truncate, message.body.length));
  const asText = !base64 && isUtf8(shown);
  return {
    payload_bytes: message.body.length,
    redelivered: message.redelivered,
    exchange: message.exchange,
    routing_key: message.routingKey,
    message_count: message.remaining,
    properties: propertiesJson(message.properties),
    payload: shown.toString(asText ? "utf8" : "base64"),
    payload_encoding: asText ? "string" : "base64",
  };
}
