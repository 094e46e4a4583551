/** A program that set no RABBITMQ_URL goes to localhost:5672, whoever listens there. */
import { connect } from "node:net";
import { type Check, type Diagnosis, ok } from "./contract.js";

const DEFAULT = 5672;

export const checkOtherBroker: Check = async ({ client, env }) => {
  const { amqp } = client.place;
  const found: Diagnosis[] = [];
  if (amqp === undefined) return found;
  const ours = addressOf(amqp);
  const named = env.RABBITMQ_URL?.split(",")[0]?.trim();
  if (named !== undefined && URL.canParse(named) && !same(addressOf(named), ours))
    found.push({
      check: "other broker",
      health: "wrong",
      message: `RABBITMQ_URL names ${shown(addressOf(named))}; the platform's bus is ${shown(ours)}`,
      hint: `programs of this shell go to the other one: export RABBITMQ_URL=${amqp}`,
    });
  if (ours.port === DEFAULT)
    return found.length > 0 ? found : [ok("other broker", "the bus has the default address")];
  const product = await productAt(DEFAULT);
  if (product === undefined)
    return found.length > 0 ? found : [ok("other broker", `nobody else listens at localhost:${DEFAULT}`)];
  const strays = await servicesAt(client.place.management);
  found.push({
    check: "other broker",
    health: strays.length > 0 ? "wrong" : "look",
    message:
      strays.length > 0
        ? `${product} at localhost:${DEFAULT} has queues of ours: ${strays.join(", ")}. Their programs went to the other broker`
        : `${product} listens at localhost:${DEFAULT}, the default address; the platform's bus is ${shown(ours)}`,
    hint: `give every program the bus's address: export RABBITMQ_URL=${amqp}`,
  });
  return found;
};

interface Address {
  readonly host: string;
  readonly port: number;
}

function addressOf(url: string): Address {
  const { hostname, port, protocol } = new URL(url);
  const host = hostname === "localhost" || hostname === "[::1]" ? "127.0.0.1" : hostname;
  return { host, port: port === "" ? (protocol === "amqps:" ? 5671 : DEFAULT) : Number(port) };
}

const same = (a: Address, b: Address): boolean => a.host === b.host && a.port === b.port;
const shown = ({ host, port }: Address): string => `${host}:${port}`;

/** The product that answers an AMQP handshake: connection.start names it. */
function productAt(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    const end = (product: string | undefined) => {
      socket.destroy();
      resolve(product);
    };
    socket.setTimeout(1_500, () => end(undefined));
    socket.on("error", () => end(undefined));
    socket.on("connect", () => socket.write("AMQP\0\0\x09\x01", "latin1"));
    socket.once("data", (data) => end(data.includes("RabbitMQ") ? "RabbitMQ" : "another AMQP broker"));
  });
}

/** Queues by our convention with consumers on the default management address, where that is not the platform's own. */
async function servicesAt(ownManagement: string | undefined): Promise<readonly string[]> {
  if (ownManagement !== undefined && new URL(ownManagement).port === "15672") return [];
  try {
    const response = await fetch("http://127.0.0.1:15672/api/queues?columns=name,consumers", {
      headers: { authorization: `Basic ${btoa("guest:guest")}` },
      signal: AbortSignal.timeout(2_000),
    });
    const queues = (await response.json()) as readonly {
      readonly name: string;
      readonly consumers?: number;
    }[];
    return queues
      .filter(({ name, consumers = 0 }) => name.startsWith("services.") && consumers > 0)
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
