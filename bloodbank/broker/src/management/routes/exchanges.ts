import { Buffer } from "node:buffer";
import { assertNameNotReserved } from "../../arguments/index.js";
import { AmqpError } from "../../errors.js";
import { EXCHANGE_TYPES } from "../../routing/index.js";
import { textOf } from "../../wire/table.js";
import { badRequest, created, forbidden, missing, noContent, ok } from "../answer.js";
import type { ExchangeRow } from "../contract.js";
import { exchangeDeclaration, isBase64, text } from "../declarations.js";
import { columns, listed } from "../listing.js";
import { propertiesOf } from "../message-properties.js";
import type { Request } from "../request.js";
import { type Route, route } from "../route-table.js";
import { bindingJson, exchangeJson } from "../rows.js";

export const exchangeRoutes: readonly Route[] = [
  route("GET", "/exchanges", "management", (request) =>
    ok(
      listed(
        request.visible(request.broker.exchanges()).map((exchange) => exchangeJson(request, exchange)),
        request.query,
      ),
    ),
  ),
  route("GET", "/exchanges/:vhost", "management", (request) =>
    ok(
      listed(
        request.broker.exchanges(request.vhost).map((exchange) => exchangeJson(request, exchange)),
        request.query,
      ),
    ),
  ),
  route("GET", "/exchanges/:vhost/:exchange", "management", (request) =>
    ok(columns({ ...exchangeJson(request, find(request)), incoming: [], outgoing: [] }, request.query)),
  ),
  route("PUT", "/exchanges/:vhost/:exchange", "management", (request) => {
    const declaration = exchangeDeclaration(request.vhost, request.exchangeParam("exchange"), request.json());
    const { vhost, name, type, arguments: args } = declaration;
    if (!EXCHANGE_TYPES.some((known) => known === type)) throw badRequest(`invalid exchange type '${type}'`);
    if (name === "") throw forbidden("Access refused.");
    const exists = request.broker.exchanges(vhost).some((exchange) => exchange.name === name);
    request.assert("configure", vhost, name);
    if (!exists) assertNameNotReserved("exchange", name);
    const alternate = textOf(args.get("alternate-exchange"));
    if (alternate !== undefined) {
      request.assert("read", vhost, name);
      request.assert("write", vhost, alternate);
    }
    request.broker.declareExchange(declaration);
    return exists ? noContent : created;
  }),
  route("DELETE", "/exchanges/:vhost/:exchange", "management", (request) => {
    const { vhost, name } = find(request);
    if (name === "" || name.startsWith("amq.")) throw forbidden("Access refused.");
    request.assert("configure", vhost, name);
    request.broker.deleteExchange(vhost, name, request.flag("if-unused"));
    return noContent;
  }),
  route("GET", "/exchanges/:vhost/:exchange/bindings/source", "management", (request) => {
    const { vhost, name } = find(request);
    const bindings = request.broker.bindings(vhost).filter((binding) => binding.source === name);
    return ok(listed(bindings.map(bindingJson), request.query));
  }),
  route("GET", "/exchanges/:vhost/:exchange/bindings/destination", "management", (request) => {
    const { vhost, name } = find(request);
    const bindings = request.broker
      .bindings(vhost)
      .filter((binding) => binding.destinationType === "exchange" && binding.destination === name);
    return ok(listed(bindings.map(bindingJson), request.query));
  }),
  route("POST", "/exchanges/:vhost/:exchange/publish", "management", publish),
];

async function publish(request: Request) {
  const { vhost, broker, user } = request;
  const exchange = request.exchangeParam("exchange");
  const body = request.json("routing_key", "properties", "payload", "payload_encoding");
  const encoding = body.payload_encoding;
  if (encoding !== "string" && encoding !== "base64")
    throw badRequest(`unsupported payload encoding ${String(encoding)}`);
  const payload = text(body, "payload");
  if (encoding === "base64" && !isBase64(payload)) throw badRequest(`not_base64: ${payload}`);
  const row = broker.exchanges(vhost).find((candidate) => candidate.name === exchange);
  if (row === undefined) throw badRequest(`404 NOT_FOUND - no exchange '${exchange}' in vhost '${vhost}'`);
  request.assert("write", vhost, exchange);
  const routingKey = text(body, "routing_key");
  if (row.type === "topic")
    broker.access.permissions.assertTopic(user.name, vhost, "write", exchange, routingKey);
  try {
    const outcome = await broker.publish({
      vhost,
      user: user.name,
      exchange,
      routingKey,
      properties: propertiesOf(body.properties),
      body: Buffer.from(payload, encoding === "base64" ? "base64" : "utf8"),
    });
    if (outcome.refused !== undefined) throw badRequest(outcome.refused);
    return ok({ routed: outcome.routed });
  } catch (error) {
    if (error instanceof AmqpError) throw badRequest(`${error.replyCode} ${error.message}`);
    throw error;
  }
}

function find(request: Request): ExchangeRow {
  const name = request.exchangeParam("exchange");
  const exchange = request.broker.exchanges(request.vhost).find((candidate) => candidate.name === name);
  if (exchange === undefined) throw missing();
  return exchange;
}
