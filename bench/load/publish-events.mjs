// A process of its own: pre-encoded persistent publishes of valid events, each with an id of its own, with confirms. Prints
// confirmed events a second.
// publish-events.mjs PORT EVENTS WINDOW [EXCHANGE]; without an exchange: to a durable queue of its own.
import { EVENT_TYPE, eventBodyOf } from "./body.mjs";
import { CHUNK, confirmedFlow } from "./flow.mjs";
import { arg, open, publishBytes } from "./wire.mjs";

const [port, events, window, exchange = ""] = process.argv.slice(2);
const total = Number(events);
const queue = `bench.${process.pid}`;
const routingKey = exchange === "" ? queue : EVENT_TYPE;
// Ids of another run must not come again: a store would only count them.
const firstId = Date.now() * 2 ** 7;
const chunks = Array.from({ length: total / CHUNK }, (_, chunk) => {
  const bodies = Array.from({ length: CHUNK }, (_, i) => eventBodyOf(firstId + chunk * CHUNK + i));
  return Buffer.concat(bodies.map((body) => publishBytes(exchange, routingKey, body, EVENT_TYPE)));
});
const flow = confirmedFlow(total, Number(window));
const wire = await open(Number(port), (id, data, at) => {
  if (flow.take(id, data, at) || id !== 60120) return;
  console.error("the broker refused an event");
  process.exit(1);
});
if (exchange === "") await wire.call(50, 10, 11, arg.short(0), arg.shortstr(queue), arg.bits(2), arg.long(0));
await wire.call(85, 10, 11, arg.bits(0));
const started = performance.now();
await flow.run(wire.socket, chunks);
const seconds = (performance.now() - started) / 1000;
if (exchange === "") await wire.call(50, 40, 41, arg.short(0), arg.shortstr(queue), arg.bits(0));
await wire.close();
console.log(Math.round(total / seconds));
