import { describe, expect, it } from "vitest";
import {
  alternateExchange,
  assertNameNotReserved,
  assertSameExchange,
  assertSameQueue,
  extraRoutingKeys,
  parseExpiration,
  type QueueDeclaration,
  queueSettings,
  validateBinding,
  validateConsume,
  validateExchange,
  validateQueue,
} from "../../src/arguments/index.js";
import { tableOf } from "../../src/wire/plain.js";
import { EMPTY_TABLE, type Field, type Table } from "../../src/wire/table.js";

const queue = (
  args: Record<string, unknown> | Table = {},
  more: Partial<QueueDeclaration> = {},
): QueueDeclaration => ({
  vhost: "/",
  name: "q",
  durable: true,
  exclusive: false,
  autoDelete: false,
  arguments: args instanceof Map ? args : tableOf(args as Record<string, unknown>),
  ...more,
});

const ON = "for queue 'q' in vhost '/'";

describe("a queue's arguments", () => {
  it.each<[Record<string, unknown>, string]>([
    [{ "x-message-ttl": -1 }, `invalid arg 'x-message-ttl' ${ON}: {value_negative,-1}`],
    [{ "x-message-ttl": "abc" }, `invalid arg 'x-message-ttl' ${ON}: "expected integer, got longstr"`],
    [{ "x-message-ttl": 1.5 }, `invalid arg 'x-message-ttl' ${ON}: "expected integer, got double"`],
    [{ "x-expires": 0 }, `invalid arg 'x-expires' ${ON}: {value_zero,0}`],
    [{ "x-max-priority": 256 }, `invalid arg 'x-max-priority' ${ON}: {max_value_exceeded,256}`],
    [{ "x-overflow": "bad" }, `invalid arg 'x-overflow' ${ON}: invalid_overflow`],
    [{ "x-overflow": 5 }, `invalid arg 'x-overflow' ${ON}: {unacceptable_type,long}`],
    [
      { "x-dead-letter-exchange": 5 },
      "invalid type 'long' for arg 'x-dead-letter-exchange' in queue 'q' in vhost '/'",
    ],
    [
      { "x-dead-letter-routing-key": "k" },
      `invalid arg 'x-dead-letter-routing-key' ${ON}: routing_key_but_no_dlx_defined`,
    ],
    [{ "x-queue-mode": "bad" }, `invalid arg 'x-queue-mode' ${ON}: "unsupported queue mode 'bad'"`],
    [
      { "x-single-active-consumer": "yes" },
      `invalid arg 'x-single-active-consumer' ${ON}: {unacceptable_type,longstr}`,
    ],
    [{ "x-queue-type": "bad" }, `invalid arg 'x-queue-type' ${ON}: "unsupported queue type 'bad'"`],
    [{ "x-delivery-limit": 5 }, `invalid arg 'x-delivery-limit' ${ON} of queue type rabbit_classic_queue`],
    [
      { "x-queue-type": "quorum", "x-max-priority": 3 },
      `invalid arg 'x-max-priority' ${ON} of queue type rabbit_quorum_queue`,
    ],
  ])("%j are refused as RabbitMQ refuses them", (args, words) => {
    expect(() => validateQueue(queue(args))).toThrow(`PRECONDITION_FAILED - ${words}`);
  });

  it("that RabbitMQ gives no meaning to are taken", () => {
    expect(validateQueue(queue({ "x-unknown": 3, plain: "x" }))).toBe("classic");
    expect(validateQueue(queue({ "x-queue-type": "quorum", "x-delivery-limit": 3 }))).toBe("quorum");
  });

  it("of a quorum queue go with a named, durable, shared, lasting queue alone", () => {
    const quorum = { "x-queue-type": "quorum" };
    for (const [more, words] of [
      [{ durable: false }, "invalid property 'non-durable'"],
      [{ autoDelete: true }, "invalid property 'auto-delete'"],
      [{ exclusive: true }, "invalid property 'exclusive-owner'"],
      [{ name: "" }, "Cannot declare a server-named queue"],
    ] as const)
      expect(() => validateQueue(queue(quorum, more))).toThrow(words);
  });

  it("of a stream answer 540: there are no streams here", () => {
    expect(() => validateQueue(queue({ "x-queue-type": "stream" }))).toThrow("NOT_IMPLEMENTED");
  });
});

describe("declaring again", () => {
  const int = (value: number): Field => ({ tag: "I", value });

  it("is fine with the same arguments, whatever the width of their numbers", () => {
    const old = queue({ "x-message-ttl": 1000, "x-foo": 1 });
    assertSameQueue(old, queue(new Map([["x-message-ttl", int(1000)]])));
    assertSameQueue(queue({}), queue({ "x-queue-type": "classic" }));
  });

  it.each<[Record<string, unknown>, Record<string, unknown>, string]>([
    [{ "x-message-ttl": 1 }, { "x-message-ttl": 2 }, "'x-message-ttl' ON: received '2' but current is '1'"],
    [
      { "x-message-ttl": 1 },
      {},
      "'x-message-ttl' ON: received none but current is the value '1' of type 'long'",
    ],
    [
      {},
      { "x-message-ttl": 1 },
      "'x-message-ttl' ON: received the value '1' of type 'long' but current is none",
    ],
    [
      {},
      { "x-queue-type": "quorum" },
      "'x-queue-type' ON: received the value 'quorum' of type 'longstr' but current is none",
    ],
    [
      { "x-queue-type": "quorum" },
      { "x-queue-type": "classic" },
      "'x-queue-type' ON: received 'classic' but current is 'quorum'",
    ],
  ])("a queue of %j with %j names the difference", (old, asked, words) => {
    expect(() => assertSameQueue(queue(old), queue(asked))).toThrow(
      `PRECONDITION_FAILED - inequivalent arg ${words.replace("ON", ON)}`,
    );
  });

  it("names the property that differs", () => {
    expect(() => assertSameQueue(queue(), queue({}, { durable: false }))).toThrow(
      `inequivalent arg 'durable' ${ON}: received 'false' but current is 'true'`,
    );
    const exchange = {
      vhost: "/",
      name: "x",
      type: "direct",
      durable: true,
      autoDelete: false,
      internal: false,
    };
    const old = { ...exchange, arguments: tableOf({ "alternate-exchange": "ae" }) };
    assertSameExchange(old, { ...old, arguments: tableOf({ "alternate-exchange": "ae", foo: 1 }) });
    expect(() => assertSameExchange(old, { ...old, type: "topic" })).toThrow(
      "inequivalent arg 'type' for exchange 'x' in vhost '/': received 'topic' but current is 'direct'",
    );
    expect(() => assertSameExchange(old, { ...old, arguments: EMPTY_TABLE })).toThrow(
      "received none but current is the value 'ae' of type 'longstr'",
    );
  });
});

describe("exchanges, bindings, consumers and messages", () => {
  it("are refused in RabbitMQ's words", () => {
    const exchange = { vhost: "/", name: "x", durable: true, autoDelete: false, internal: false };
    expect(() => validateExchange({ ...exchange, type: "bogus", arguments: EMPTY_TABLE })).toThrow(
      "COMMAND_INVALID - unknown exchange type 'bogus'",
    );
    expect(() => assertNameNotReserved("exchange", "amq.x")).toThrow("contains reserved prefix 'amq.*'");
    expect(() => validateBinding("headers", tableOf({ "x-match": "foo" }))).toThrow(
      'value <<"foo">>; expected all',
    );
    expect(() => validateConsume(tableOf({ "x-priority": "abc" }), "q", "/")).toThrow(
      `invalid arg 'x-priority' ${ON}: "expected integer, got longstr"`,
    );
    expect(validateConsume(tableOf({ "x-priority": -3 }), "q", "/")).toEqual({ priority: -3 });
    expect(parseExpiration("60000")).toBe(60_000);
    expect(() => parseExpiration("abc")).toThrow("invalid expiration 'abc': no_integer");
    expect(() => parseExpiration("-1")).toThrow("invalid expiration '-1': {value_negative,-1}");
    expect(extraRoutingKeys(tableOf({ CC: ["a", 3], BCC: ["b"] }))).toEqual(["a", "b"]);
    expect(() => extraRoutingKeys(tableOf({ CC: "abc" }))).toThrow(
      'invalid message: {unacceptable_type_in_header,"CC",longstr}',
    );
  });
});

describe("effective settings", () => {
  it("take the least of argument and policy for limits, and the argument for all else", () => {
    const args = tableOf({ "x-message-ttl": 500, "x-max-length": 10, "x-dead-letter-exchange": "mine" });
    const policy = { "message-ttl": 100, "max-length": 20, "dead-letter-exchange": "theirs", expires: 7 };
    expect(queueSettings("classic", args, policy)).toMatchObject({
      messageTtl: 100,
      maxLength: 10,
      expires: 7,
      deadLetterExchange: "mine",
      overflow: "drop-head",
      deliveryLimit: undefined,
    });
    expect(
      queueSettings("quorum", EMPTY_TABLE, { "delivery-limit": 3, overflow: "reject-publish" }),
    ).toMatchObject({
      deliveryLimit: 3,
      overflow: "reject-publish",
    });
    expect(alternateExchange(EMPTY_TABLE, { "alternate-exchange": "ae" })).toBe("ae");
  });
});
