import { vhostNotFound } from "../access/index.js";
import { MECHANISMS } from "../access/sasl.js";
import { AmqpError, notAllowed } from "../errors.js";
import { FRAME_MIN_SIZE, type Method, PROTOCOL_HEADER } from "../wire/index.js";
import { bool, type Table, table, text } from "../wire/table.js";
import { CHANNEL_MAX, type Connection, FRAME_MAX } from "./connection.js";

/** AMQP 0-9-1 §2.2.4: whoever speaks another protocol is told ours, and let go. */
export function greet(connection: Connection, first: Buffer): boolean {
  if (first.subarray(0, PROTOCOL_HEADER.length).equals(PROTOCOL_HEADER)) {
    connection.state = "starting";
    connection.send(0, "connection.start", {
      versionMajor: 0,
      versionMinor: 9,
      serverProperties: SERVER_PROPERTIES,
      mechanisms: MECHANISMS,
      locales: "en_US",
    });
    return true;
  }
  connection.output.push(PROTOCOL_HEADER);
  connection.end(false);
  return false;
}

/** What comes on channel 0, from the greeting to the end. */
export function handshake(connection: Connection, method: Method): void {
  switch (method.name) {
    case "connection.start-ok":
      expect(connection, "starting", method);
      logIn(connection, method);
      return;
    case "connection.tune-ok":
      expect(connection, "tuning", method);
      tune(connection, method);
      return;
    case "connection.open":
      expect(connection, "opening", method);
      open(connection, method.vhost);
      return;
    case "connection.close":
      connection.end(true);
      return;
    case "connection.update-secret":
      expect(connection, "open", method);
      connection.send(0, "connection.update-secret-ok", {});
      return;
    default:
      throw new AmqpError(
        "CHANNEL_ERROR",
        `unexpected method in connection state ${connection.state === "open" ? "running" : connection.state}`,
      );
  }
}

const CAPABILITIES = [
  "publisher_confirms",
  "exchange_exchange_bindings",
  "basic.nack",
  "consumer_cancel_notify",
  "connection.blocked",
  "consumer_priorities",
  "authentication_failure_close",
  "per_consumer_qos",
  "direct_reply_to",
];

const SERVER_PROPERTIES: Table = new Map([
  ["capabilities", table(Object.fromEntries(CAPABILITIES.map((name) => [name, bool(true)])))],
  ["cluster_name", text("bloodbank")],
  ["product", text("Bloodbank")],
  ["version", text("0.1.0")],
  ["platform", text(`Node.js ${process.versions.node}`)],
  ["information", text("Speaks AMQP 0-9-1 as RabbitMQ 3.10 does")],
]);

function logIn(connection: Connection, method: Extract<Method, { name: "connection.start-ok" }>): void {
  connection.clientProperties = method.clientProperties;
  connection.mechanism = method.mechanism;
  const user = connection.core.access.login(method.mechanism, method.response, connection.peer);
  connection.authenticated = user;
  connection.user = user.name;
  connection.state = "tuning";
  connection.send(0, "connection.tune", {
    channelMax: CHANNEL_MAX,
    frameMax: FRAME_MAX,
    heartbeat: HEARTBEAT,
  });
}

/** The client picks within what was offered; 0 means no limit of its own. */
function tune(
  connection: Connection,
  { channelMax, frameMax, heartbeat }: Extract<Method, { name: "connection.tune-ok" }>,
): void {
  if (frameMax !== 0 && frameMax < FRAME_MIN_SIZE)
    throw notAllowed(
      `negotiated frame_max = ${frameMax} is lower than the minimum allowed value (${FRAME_MIN_SIZE})`,
    );
  const most = (name: string, asked: number, allowed: number): void => {
    if (asked > allowed)
      throw notAllowed(`negotiated ${name} = ${asked} is higher than the maximum allowed value (${allowed})`);
  };
  most("frame_max", frameMax, FRAME_MAX);
  most("channel_max", channelMax, CHANNEL_MAX);
  connection.frameMax = frameMax === 0 ? FRAME_MAX : frameMax;
  connection.channelMax = channelMax === 0 ? CHANNEL_MAX : channelMax;
  connection.startHeartbeats(heartbeat);
  connection.state = "opening";
}

function open(connection: Connection, name: string): void {
  const vhost = connection.core.vhosts.get(name);
  if (vhost === undefined) throw vhostNotFound(name);
  const refusal = connection.core.access.refusal(connection.user, name);
  if (refusal) throw refusal;
  connection.opened(vhost);
  connection.send(0, "connection.open-ok", {});
}

function expect(connection: Connection, state: Connection["state"], method: Method): void {
  if (connection.state !== state)
    throw new AmqpError(
      "COMMAND_INVALID",
      `unexpected method ${method.name} while ${connection.state}`,
      "connection",
    );
}

const HEARTBEAT = 60;
