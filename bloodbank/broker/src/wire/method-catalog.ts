/**
 * Every method of AMQP 0-9-1 and of RabbitMQ's extensions, once: ids and arguments in the order of the wire
 * (`name:kind`). Types, decoder and encoder are derived from it. `client` methods come from a client, `server` methods go to
 * one, and `both` either way.
 */

/**
 * `bit`s that follow each other share octets; `reserved-…` are read over, and written as zeros.
 * `longlong` is a number: counters that real peers reach are below 2^53.
 */
type Kind =
  | "bit"
  | "octet"
  | "short"
  | "long"
  | "longlong"
  | "shortstr"
  | "longstr"
  | "bytes"
  | "table"
  | "reserved-short"
  | "reserved-shortstr"
  | "reserved-bit";

type Argument = `${string}:${Kind}`;

interface MethodShape {
  readonly classId: number;
  readonly methodId: number;
  readonly from: "client" | "server" | "both";
  readonly fields: readonly Argument[];
}

const method = <const From extends MethodShape["from"], const Fields extends readonly Argument[]>(
  classId: number,
  methodId: number,
  from: From,
  fields: Fields,
) => ({ classId, methodId, from, fields });

const close = ["replyCode:short", "replyText:shortstr", "classId:short", "methodId:short"] as const;
const tune = ["channelMax:short", "frameMax:long", "heartbeat:short"] as const;
const ack = ["deliveryTag:longlong", "multiple:bit"] as const;
const nack = ["deliveryTag:longlong", "multiple:bit", "requeue:bit"] as const;
const consumerTag = ["consumerTag:shortstr"] as const;
const cancel = ["consumerTag:shortstr", "noWait:bit"] as const;
const exchangeBind = [
  "_:reserved-short",
  "destination:shortstr",
  "source:shortstr",
  "routingKey:shortstr",
  "noWait:bit",
  "arguments:table",
] as const;

export const METHODS = {
  "connection.start": method(10, 10, "server", [
    "versionMajor:octet",
    "versionMinor:octet",
    "serverProperties:table",
    "mechanisms:longstr",
    "locales:longstr",
  ]),
  "connection.start-ok": method(10, 11, "client", [
    "clientProperties:table",
    "mechanism:shortstr",
    "response:bytes",
    "locale:shortstr",
  ]),
  "connection.secure": method(10, 20, "server", ["challenge:bytes"]),
  "connection.secure-ok": method(10, 21, "client", ["response:bytes"]),
  "connection.tune": method(10, 30, "server", tune),
  "connection.tune-ok": method(10, 31, "client", tune),
  "connection.open": method(10, 40, "client", ["vhost:shortstr", "_:reserved-shortstr", "_:reserved-bit"]),
  "connection.open-ok": method(10, 41, "server", ["_:reserved-shortstr"]),
  "connection.close": method(10, 50, "both", close),
  "connection.close-ok": method(10, 51, "both", []),
  "connection.blocked": method(10, 60, "server", ["reason:shortstr"]),
  "connection.unblocked": method(10, 61, "server", []),
  "connection.update-secret": method(10, 70, "client", ["newSecret:bytes", "reason:shortstr"]),
  "connection.update-secret-ok": method(10, 71, "server", []),

  "channel.open": method(20, 10, "client", ["_:reserved-shortstr"]),
  // The reserved field of `open-ok` is a long string, four bytes of size and none of text.
  "channel.open-ok": method(20, 11, "server", ["_:reserved-short", "_:reserved-short"]),
  "channel.flow": method(20, 20, "both", ["active:bit"]),
  "channel.flow-ok": method(20, 21, "both", ["active:bit"]),
  "channel.close": method(20, 40, "both", close),
  "channel.close-ok": method(20, 41, "both", []),

  "access.request": method(30, 10, "client", [
    "realm:shortstr",
    "exclusive:bit",
    "passive:bit",
    "active:bit",
    "write:bit",
    "read:bit",
  ]),
  "access.request-ok": method(30, 11, "server", ["ticket:short"]),

  "exchange.declare": method(40, 10, "client", [
    "_:reserved-short",
    "exchange:shortstr",
    "type:shortstr",
    "passive:bit",
    "durable:bit",
    "autoDelete:bit",
    "internal:bit",
    "noWait:bit",
    "arguments:table",
  ]),
  "exchange.declare-ok": method(40, 11, "server", []),
  "exchange.delete": method(40, 20, "client", [
    "_:reserved-short",
    "exchange:shortstr",
    "ifUnused:bit",
    "noWait:bit",
  ]),
  "exchange.delete-ok": method(40, 21, "server", []),
  "exchange.bind": method(40, 30, "client", exchangeBind),
  "exchange.bind-ok": method(40, 31, "server", []),
  "exchange.unbind": method(40, 40, "client", exchangeBind),
  "exchange.unbind-ok": method(40, 51, "server", []),

  "queue.declare": method(50, 10, "client", [
    "_:reserved-short",
    "queue:shortstr",
    "passive:bit",
    "durable:bit",
    "exclusive:bit",
    "autoDelete:bit",
    "noWait:bit",
    "arguments:table",
  ]),
  "queue.declare-ok": method(50, 11, "server", ["queue:shortstr", "messageCount:long", "consumerCount:long"]),
  "queue.bind": method(50, 20, "client", [
    "_:reserved-short",
    "queue:shortstr",
    "exchange:shortstr",
    "routingKey:shortstr",
    "noWait:bit",
    "arguments:table",
  ]),
  "queue.bind-ok": method(50, 21, "server", []),
  "queue.unbind": method(50, 50, "client", [
    "_:reserved-short",
    "queue:shortstr",
    "exchange:shortstr",
    "routingKey:shortstr",
    "arguments:table",
  ]),
  "queue.unbind-ok": method(50, 51, "server", []),
  "queue.purge": method(50, 30, "client", ["_:reserved-short", "queue:shortstr", "noWait:bit"]),
  "queue.purge-ok": method(50, 31, "server", ["messageCount:long"]),
  "queue.delete": method(50, 40, "client", [
    "_:reserved-short",
    "queue:shortstr",
    "ifUnused:bit",
    "ifEmpty:bit",
    "noWait:bit",
  ]),
  "queue.delete-ok": method(50, 41, "server", ["messageCount:long"]),

  "basic.qos": method(60, 10, "client", ["prefetchSize:long", "prefetchCount:short", "global:bit"]),
  "basic.qos-ok": method(60, 11, "server", []),
  "basic.consume": method(60, 20, "client", [
    "_:reserved-short",
    "queue:shortstr",
    "consumerTag:shortstr",
    "noLocal:bit",
    "noAck:bit",
    "exclusive:bit",
    "noWait:bit",
    "arguments:table",
  ]),
  "basic.consume-ok": method(60, 21, "server", consumerTag),
  "basic.cancel": method(60, 30, "both", cancel),
  "basic.cancel-ok": method(60, 31, "both", consumerTag),
  "basic.publish": method(60, 40, "client", [
    "_:reserved-short",
    "exchange:shortstr",
    "routingKey:shortstr",
    "mandatory:bit",
    "immediate:bit",
  ]),
  "basic.return": method(60, 50, "server", [
    "replyCode:short",
    "replyText:shortstr",
    "exchange:shortstr",
    "routingKey:shortstr",
  ]),
  "basic.deliver": method(60, 60, "server", [
    "consumerTag:shortstr",
    "deliveryTag:longlong",
    "redelivered:bit",
    "exchange:shortstr",
    "routingKey:shortstr",
  ]),
  "basic.get": method(60, 70, "client", ["_:reserved-short", "queue:shortstr", "noAck:bit"]),
  "basic.get-ok": method(60, 71, "server", [
    "deliveryTag:longlong",
    "redelivered:bit",
    "exchange:shortstr",
    "routingKey:shortstr",
    "messageCount:long",
  ]),
  "basic.get-empty": method(60, 72, "server", ["_:reserved-shortstr"]),
  "basic.ack": method(60, 80, "both", ack),
  "basic.reject": method(60, 90, "client", ["deliveryTag:longlong", "requeue:bit"]),
  "basic.recover-async": method(60, 100, "client", ["requeue:bit"]),
  "basic.recover": method(60, 110, "client", ["requeue:bit"]),
  "basic.recover-ok": method(60, 111, "server", []),
  "basic.nack": method(60, 120, "both", nack),

  "confirm.select": method(85, 10, "client", ["noWait:bit"]),
  "confirm.select-ok": method(85, 11, "server", []),

  "tx.select": method(90, 10, "client", []),
  "tx.select-ok": method(90, 11, "server", []),
  "tx.commit": method(90, 20, "client", []),
  "tx.commit-ok": method(90, 21, "server", []),
  "tx.rollback": method(90, 30, "client", []),
  "tx.rollback-ok": method(90, 31, "server", []),
} as const satisfies Record<string, MethodShape>;

export type MethodName = keyof typeof METHODS;

type Names<From extends MethodShape["from"]> = {
  [N in MethodName]: (typeof METHODS)[N]["from"] extends From | "both" ? N : never;
}[MethodName];

export type ClientMethodName = Names<"client">;
export type ServerMethodName = Names<"server">;

interface KindValue {
  readonly bit: boolean;
  readonly octet: number;
  readonly short: number;
  readonly long: number;
  readonly longlong: number;
  readonly shortstr: string;
  readonly longstr: string;
  readonly bytes: Uint8Array;
  readonly table: import("./table.js").Table;
}

/** The arguments of a method by its name: `MethodArguments<"queue.declare-ok">`. */
export type MethodArguments<N extends MethodName> = {
  readonly [A in (typeof METHODS)[N]["fields"][number] as A extends `${infer Name}:${keyof KindValue}`
    ? Name
    : never]: A extends `${string}:${infer K extends keyof KindValue}` ? KindValue[K] : never;
};

/** What a client may send, told apart by `name`. */
export type Method = { [N in ClientMethodName]: { readonly name: N } & MethodArguments<N> }[ClientMethodName];
