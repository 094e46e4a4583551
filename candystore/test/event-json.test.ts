import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { classFromRow } from "../src/layout/class-rows.js";
import { eventJson, readEvent } from "../src/record/event-json.js";
import { type EventRow, eventFacts, storedEvent } from "../src/record/stored-event.js";
import { timeText } from "../src/record/time-text.js";

const ID = "0b8e2b1c-6e0f-4f5e-9d0a-000000000001";
const OTHER = "0b8e2b1c-6e0f-4f5e-9d0a-000000000002";
const eventClass = classFromRow({
  class: 1,
  type: 'odd."type"',
  version: "v1",
  app: "größe",
  exchange: "",
  routing_key: "a.b",
  valid: 1,
  events: 1,
});
const row = (body: string, facts = "[63]"): EventRow => ({
  ...eventFacts(eventClass, {
    position: 7,
    id: ID,
    receivedAt: Date.parse("2026-02-28T23:59:59.999Z"),
    facts,
    duplicates: 2,
  }),
  body: Buffer.from(body),
});

const textOf = (stored: EventRow): string => eventJson(readEvent(stored));

const usual = (causes: string, more = "") =>
  `{"event_id":"${ID}","event_type":"a.b","timestamp":"2026-11-20T00:00:00Z","version":"v1","source":{"host":"h","type":"system","app":"a"},"correlation_ids":${causes},"agent_context":null,"payload":{"n":1}${more}}`;

describe("the JSON of an event, of which the body is not parsed", () => {
  const bodies: Readonly<Record<string, string>> = {
    "as our clients write it": usual("[]"),
    "with a cause": usual(`["${ID}"]`),
    "with causes in capitals": usual(`["${ID.toUpperCase()}", "${ID}"]`),
    "with a cause that is escaped": usual('["\\u4f1a\\n"]'),
    "with a cause in Japanese": usual('["会"]'),
    "with a time in Japanese": '{"timestamp":"会","correlation_ids":[]}',
    "with an id in capitals": usual("[]").replace(ID, ID.toUpperCase()),
    "with an id twice, spread out": `{ "event_id": "${OTHER}", "event_id": "${ID.toUpperCase()}", "timestamp": "", "correlation_ids": [] }`,
    "with an id that is said again behind": `{ "event_id": "${OTHER}", "timestamp": "", "correlation_ids": [], "event_id": "${ID}" }`,
    "with an id twice": usual("[]", `,"event_id":"${ID}"`).replace(ID, OTHER),
    "with what is no cause": usual('[1,null,"x"]'),
    "with a time twice": usual("[]", ',"timestamp":"2027-01-01T00:00:00Z"'),
    "with causes twice, once escaped": usual("[]", `,"correl\\u0061tion_ids":["${ID}"]`),
    "with causes twice, both escaped": usual("[]", `,"correl\\u0061tion_ids":["x"],"correlation_ids":["y"]`),
    "with the same names in the payload": usual("[]").replace(
      '"n":1',
      '"timestamp":1,"correlation_ids":["z"]',
    ),
    "in another order, spread out": `{ "payload" : {"timestamp":1,"a":"\\\\\\"","l":[{}, "]"],"n":1.0e2},\r\n "correlation_ids" : [ "${ID.toUpperCase()}" ] ,"timestamp":\t"x\\"y" , "event_id":1}`,
    "with nothing that is wanted": '{"payload":{}}',
    "with a time that is a number at the end": '{"correlation_ids":[],"timestamp":12}',
    "of an empty object": " { } ",
    "of a list": '["timestamp","correlation_ids"]',
    "of a text": '"timestamp"',
    "with letters from everywhere": usual("[]").replace("1}", '"Größe 会議 🎉"}'),
    "with a byte order mark": `\ufeff${usual("[]")}`,
  };
  for (const [name, body] of Object.entries(bodies))
    it(`is that of the event ${name}`, () => {
      const stored = row(body);
      expect(JSON.parse(textOf(stored))).toEqual(storedEvent(stored));
    });

  const facts: Readonly<Record<string, string>> = {
    nothing: "[0]",
    "a property alone": '[0,{"timestamp":3}]',
    properties: '[55,{"timestamp":3,"replyTo":"q"}]',
    "headers alone": '[1,0,{"traceparent":"00-ab"}]',
    "headers in Japanese": '[63,0,{"会":"議"}]',
    both: '[9,{"timestamp":3},{"traceparent":"00-ab","n":null}]',
    "headers that look like more": '[9,{"replyTo":"a},{b"},{"x":"]}"}]',
    "headers within headers": '[9,0,{"list":[{"a":{}}]}]',
  };
  for (const [name, encoded] of Object.entries(facts))
    it(`has of the delivery ${name}`, () => {
      const stored = row(usual("[]"), encoded);
      expect(JSON.parse(textOf(stored))).toEqual(storedEvent(stored));
    });

  it("holds the body byte for byte", () => {
    const body = bodies["in another order, spread out"]!;
    expect(textOf(row(body))).toContain(`"event":${body}}`);
  });

  it("tells the time of receipt as a Date does", () => {
    const times = [
      0, 951_782_399_999, 951_868_800_000, 4_107_542_400_000, 253_402_300_799_999, 253_402_300_800_000, -1,
    ];
    for (const ms of times) expect(timeText(ms)).toBe(new Date(ms).toISOString());
  });
});
