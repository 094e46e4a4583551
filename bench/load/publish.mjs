// A process of its own: pre-encoded persistent publishes with confirms. Prints confirmed messages a second.
// publish.mjs PORT MESSAGES WINDOW [EXCHANGE ROUTING_KEY]; without an exchange: to a durable queue of its own.
import { EVENT_TYPE, eventBody } from "./body.mjs";
import { CHUNK, confirmedFlow } from "./flow.mjs";
import { arg, open, publishBytes } from "./wire.mjs";

const [port, messages, window, exchange = "", routingKey = `bench.${process.pid}`] = process.argv.slice(2);
const total = Number(messages);
const flow = confirmedFlow(total, Number(window));
const wire = await open(Number(port), flow.take);
const one = publishBytes(exchange, routingKey, eventBody, EVENT_TYPE);
const chunk = Buffer.concat(Array(CHUNK).fill(one));
if (exchange === "")
  await wire.call(50, 10, 11, arg.short(0), arg.shortstr(routingKey), arg.bits(2), arg.long(0));
await wire.call(85, 10, 11, arg.bits(0));
const started = performance.now();
await flow.run(wire.socket, [chunk]);
const seconds = (performance.now() - started) / 1000;
if (exchange === "") await wire.call(50, 40, 41, arg.short(0), arg.shortstr(routingKey), arg.bits(0));
await wire.close();
console.log(Math.round(total / seconds));
