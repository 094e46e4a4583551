/** Health checks as load balancers and orchestrators ask them: 200 while all is well, 503 with the reason while not. */
import { Buffer } from "node:buffer";
import { EMPTY_TABLE } from "../../wire/table.js";
import { type Answer, ok } from "../answer.js";
import type { Request } from "../request.js";
import { type Route, route } from "../route-table.js";

const ALIVENESS_QUEUE = "aliveness-test";

export const healthRoutes: readonly Route[] = [
  route("GET", "/health/checks/alarms", "management", alarms),
  route("GET", "/health/checks/local-alarms", "management", alarms),
  route("GET", "/health/checks/virtual-hosts", "management", () => ok({ status: "ok" })),
  route("GET", "/health/checks/node-is-mirror-sync-critical", "management", singleNode),
  route("GET", "/health/checks/node-is-quorum-critical", "management", singleNode),
  route("GET", "/health/checks/certificate-expiration/:within/:unit", "management", () =>
    ok({ status: "ok" }),
  ),
  route("GET", "/health/checks/port-listener/:port", "management", (request) => {
    const port = Number(request.param("port"));
    const ports = request.broker.node.listeners.map((listener) => listener.port);
    return ports.includes(port)
      ? ok({ status: "ok", port })
      : failed({ reason: "No active listener", missing: port, ports });
  }),
  route("GET", "/health/checks/protocol-listener/:protocol", "management", (request) => {
    const wanted = request.param("protocol").replace("amqp091", "amqp");
    const protocols = [...new Set(request.broker.node.listeners.map((listener) => listener.protocol))];
    return protocols.some((protocol) => protocol === wanted)
      ? ok({ status: "ok", protocol: wanted })
      : failed({ reason: "No active listener", missing: wanted, protocols });
  }),
  route("GET", "/healthchecks/node", "management", alarms),
  route("GET", "/aliveness-test/:vhost", "management", aliveness),
];

function failed(body: object): Answer {
  return { status: 503, body: { status: "failed", ...body } };
}

function alarms({ broker }: Request): Answer {
  const { alarm } = broker.gauges();
  return alarm === null ? ok({ status: "ok" }) : failed({ reason: alarm });
}

function singleNode(): Answer {
  return ok({ status: "ok", reason: "single node cluster" });
}

/** Declares a queue, publishes to it and gets the message back. The queue stays, as RabbitMQ's does. */
async function aliveness(request: Request): Promise<Answer> {
  const { vhost, broker, user } = request;
  for (const right of ["configure", "write", "read"] as const) request.assert(right, vhost, ALIVENESS_QUEUE);
  broker.declareQueue({
    vhost,
    name: ALIVENESS_QUEUE,
    durable: false,
    autoDelete: false,
    exclusive: false,
    arguments: EMPTY_TABLE,
  });
  const body = Buffer.from("test_message");
  await broker.publish({
    vhost,
    user: user.name,
    exchange: "",
    routingKey: ALIVENESS_QUEUE,
    properties: {},
    body,
  });
  const [got] = broker.get(vhost, ALIVENESS_QUEUE, 1, "ack");
  return got?.body.equals(body) ? ok({ status: "ok" }) : failed({ reason: "the message did not come back" });
}
