import { expect, test } from "vitest";
import { type Flight, Flights } from "../src/link/flights.js";

const flight = (messageId: string, mandatory = true): Flight => ({
  message: { exchange: "", routingKey: "q", mandatory, body: "", properties: { messageId } },
  returned: false,
  confirmed: () => undefined,
  refused: () => undefined,
  lost: () => undefined,
});

test("each tag gives back the message that took it, once, in any order", () => {
  const flights = new Flights();
  const all = Array.from({ length: 5_000 }, (_, n) => flight(`m${n + 1}`));
  for (const each of all) flights.add(each);
  expect(flights.size).toBe(5_000);
  for (const tag of [5_000, 1, 2_500]) {
    expect(flights.take(tag)).toBe(all[tag - 1]);
    expect(flights.take(tag)).toBeUndefined();
  }
  expect(flights.take(0)).toBeUndefined();
  expect(flights.take(5_001)).toBeUndefined();
  expect(flights.upTo(4)).toEqual([2, 3, 4]);
  expect(flights.upTo(0).length).toBe(4_997);
  expect(flights.size).toBe(4_997);
});

test("messages that are never confirmed do not hold up the others, and are still there when the channel is lost", () => {
  const flights = new Flights();
  const stuck = new Map<number, Flight>();
  for (let tag = 1; tag <= 100_000; tag++) {
    const one = flight(`m${tag}`);
    flights.add(one);
    if (tag % 10_000 === 1) stuck.set(tag, one);
    else expect(flights.take(tag)).toBe(one);
  }
  expect(flights.size).toBe(10);
  expect(flights.upTo(0)).toEqual([...stuck.keys()]);
  expect(flights.upTo(20_001)).toEqual([1, 10_001, 20_001]);
  for (const [tag, one] of stuck) expect(flights.take(tag)).toBe(one);
  expect(flights.size).toBe(0);
});

test("a returned message is found by its id: among equal ids the oldest that was not returned, late ones too", () => {
  const flights = new Flights();
  const [late, silent, twin, sameTwin] = [
    flight("late"),
    flight("twin", false),
    flight("twin"),
    flight("twin"),
  ];
  flights.add(late);
  for (let tag = 2; tag <= 3_000; tag++) {
    flights.add(flight(`m${tag}`));
    flights.take(tag);
  }
  for (const each of [silent, twin, sameTwin]) flights.add(each);
  flights.markReturned("twin");
  expect([silent.returned, twin.returned, sameTwin.returned]).toEqual([false, true, false]);
  flights.markReturned("twin");
  expect(sameTwin.returned).toBe(true);
  flights.markReturned("late");
  expect(late.returned).toBe(true);
  flights.markReturned("unheard of");
});
