// A process of its own: fills a durable queue that lasts, bound to amq.direct by its own name, with confirmed persistent messages.
// Prints confirmed messages a second. fill.mjs PORT MESSAGES QUEUE
import { EVENT_TYPE, eventBody } from "./body.mjs";
import { CHUNK, confirmedFlow } from "./flow.mjs";
import { arg, open, publishBytes } from "./wire.mjs";

const [port, messages] = process.argv.slice(2, 4).map(Number);
const queue = process.argv[4];
const flow = confirmedFlow(messages, 4_000);
const wire = await open(port, flow.take);
const chunk = Buffer.concat(Array(CHUNK).fill(publishBytes("", queue, eventBody, EVENT_TYPE)));
const name = arg.shortstr(queue);
await wire.call(50, 10, 11, arg.short(0), name, arg.bits(2), arg.long(0));
await wire.call(50, 20, 21, arg.short(0), name, arg.shortstr("amq.direct"), name, arg.bits(0), arg.long(0));
await wire.call(85, 10, 11, arg.bits(0));
const started = performance.now();
await flow.run(wire.socket, [chunk]);
const seconds = (performance.now() - started) / 1000;
await wire.close();
console.log(Math.round(messages / seconds));
