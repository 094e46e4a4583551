// A process of its own: fills a durable queue, then consumes it with acks. Prints messages consumed and acked a second.
// consume.mjs PORT MESSAGES PREFETCH
import { EVENT_TYPE, eventBody } from "./body.mjs";
import { CHUNK, confirmedFlow } from "./flow.mjs";
import { arg, method, open, publishBytes } from "./wire.mjs";

const [port, messages, prefetch] = process.argv.slice(2).map(Number);
const queue = `bench.${process.pid}`;
let got = 0;
let drained;
const filling = confirmedFlow(messages, 4_000);
const empty = new Promise((resolve) => {
  drained = resolve;
});
const ACK_EVERY = Math.max(1, Math.floor(prefetch / 5));
const wire = await open(port, (id, data, at) => {
  if (!filling.take(id, data, at) && id === 60060) {
    got += 1;
    const last = got === messages;
    // The delivery tag stands behind the consumer tag.
    if (got % ACK_EVERY === 0 || last) {
      const tagAt = at + 1 + data[at];
      wire.socket.write(method(1, 60, 80, data.subarray(tagAt, tagAt + 8), arg.bits(1)));
    }
    if (last) drained();
  }
});
const chunk = Buffer.concat(Array(CHUNK).fill(publishBytes("", queue, eventBody, EVENT_TYPE)));
await wire.call(50, 10, 11, arg.short(0), arg.shortstr(queue), arg.bits(2), arg.long(0));
await wire.call(85, 10, 11, arg.bits(0));
await filling.run(wire.socket, [chunk]);
await wire.call(60, 10, 11, arg.long(0), arg.short(prefetch), arg.bits(0));
const started = performance.now();
await wire.call(60, 20, 21, arg.short(0), arg.shortstr(queue), arg.shortstr(""), arg.bits(0), arg.long(0));
await empty;
const seconds = (performance.now() - started) / 1000;
await wire.call(50, 40, 41, arg.short(0), arg.shortstr(queue), arg.bits(0));
await wire.close();
console.log(Math.round(messages / seconds));
