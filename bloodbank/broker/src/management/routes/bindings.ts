import { missing, noContent, ok } from "../answer.js";
import type { BindingRow } from "../contract.js";
import { table, text } from "../declarations.js";
import { columns, listed } from "../listing.js";
import { propertiesKey } from "../properties-key.js";
import type { Request } from "../request.js";
import { type Route, route } from "../route-table.js";
import { bindingJson } from "../rows.js";

export const bindingRoutes: readonly Route[] = [
  route("GET", "/bindings", "management", (request) =>
    ok(listed(request.visible(request.broker.bindings()).map(bindingJson), request.query)),
  ),
  route("GET", "/bindings/:vhost", "management", (request) =>
    ok(listed(request.broker.bindings(request.vhost).map(bindingJson), request.query)),
  ),
  ...between("queue", "/bindings/:vhost/e/:source/q/:destination"),
  ...between("exchange", "/bindings/:vhost/e/:source/e/:destination"),
];

/** All bindings between two things, and each of them by its properties key. */
function between(kind: "queue" | "exchange", path: string): readonly Route[] {
  return [
    route("GET", path, "management", (request) =>
      ok(listed(select(request, kind).map(bindingJson), request.query)),
    ),
    route("POST", path, "management", (request) => {
      const { vhost } = request;
      const body = request.json();
      const key = {
        vhost,
        source: request.exchangeParam("source"),
        destination: destinationOf(request, kind),
        destinationType: kind,
        routingKey: text(body, "routing_key"),
        arguments: table(body),
      };
      assertMayBind(request, vhost, key.source, key.destination);
      request.broker.bind(key);
      const location = `${encodeURIComponent(key.destination)}/${encodeURIComponent(propertiesKey(key.routingKey, key.arguments))}`;
      return { status: 201, headers: { location } };
    }),
    route("GET", `${path}/:key`, "management", (request) =>
      ok(columns(bindingJson(one(request, kind)), request.query)),
    ),
    route("DELETE", `${path}/:key`, "management", (request) => {
      const binding = one(request, kind);
      assertMayBind(request, binding.vhost, binding.source, binding.destination);
      request.broker.unbind(binding);
      return noContent;
    }),
  ];
}

function destinationOf(request: Request, kind: "queue" | "exchange"): string {
  return kind === "queue" ? request.param("destination") : request.exchangeParam("destination");
}

function assertMayBind(request: Request, vhost: string, source: string, destination: string): void {
  request.assert("write", vhost, destination);
  request.assert("read", vhost, source);
}

function select(request: Request, kind: "queue" | "exchange"): readonly BindingRow[] {
  const source = request.exchangeParam("source");
  const destination = destinationOf(request, kind);
  const { vhost, broker } = request;
  const known =
    broker.exchanges(vhost).some((exchange) => exchange.name === source) &&
    (kind === "queue" ? broker.queues(vhost) : broker.exchanges(vhost)).some(
      (row) => row.name === destination,
    );
  if (!known) throw missing();
  return broker
    .bindings(vhost)
    .filter(
      (binding) =>
        binding.source === source && binding.destinationType === kind && binding.destination === destination,
    );
}

/** The key comes as a listing gave it, or encoded once more by a careful client. */
function one(request: Request, kind: "queue" | "exchange"): BindingRow {
  const wanted = [request.param("key"), request.param("key:raw")];
  const binding = select(request, kind).find((candidate) =>
    wanted.includes(propertiesKey(candidate.routingKey, candidate.arguments)),
  );
  if (binding === undefined) throw missing();
  return binding;
}
