// A process of its own: binds a durable queue to a topic exchange by many wildcard patterns, then publishes persistent messages
// with many routing keys, each of which matches one of them, with confirms. Prints confirmed messages a second.
// publish-keys.mjs PORT MESSAGES WINDOW BINDINGS KEYS; the routes are cold, as the bindings are new.
import { EVENT_TYPE, eventBody } from "./body.mjs";
import { CHUNK, confirmedFlow } from "./flow.mjs";
import { arg, open, publishBytes } from "./wire.mjs";

const [port, messages, window, bindings, keys] = process.argv.slice(2).map(Number);
const name = `bench.${process.pid}`;
const flow = confirmedFlow(messages, window);
const wire = await open(port, flow.take);
const keyOf = (n) => `domain${n % bindings}.entity${n}.happened`;
const chunks = [];
for (let first = 0; first < Math.max(keys, CHUNK); first += CHUNK) {
  const some = Array.from({ length: CHUNK }, (_, i) =>
    publishBytes(name, keyOf((first + i) % keys), eventBody, EVENT_TYPE),
  );
  chunks.push(Buffer.concat(some));
}
const none = arg.long(0);
const exchange = arg.shortstr(name);
await wire.call(40, 10, 11, arg.short(0), exchange, arg.shortstr("topic"), arg.bits(0), none);
await wire.call(50, 10, 11, arg.short(0), arg.shortstr(name), arg.bits(2), none);
for (let n = 0; n < bindings; n += 1) {
  const pattern = arg.shortstr(n % 2 ? `domain${n}.*.happened` : `domain${n}.#`);
  await wire.call(50, 20, 21, arg.short(0), arg.shortstr(name), exchange, pattern, arg.bits(0), none);
}
await wire.call(85, 10, 11, arg.bits(0));
const started = performance.now();
await flow.run(wire.socket, chunks);
const seconds = (performance.now() - started) / 1000;
await wire.call(50, 40, 41, arg.short(0), arg.shortstr(name), arg.bits(0));
await wire.call(40, 20, 21, arg.short(0), exchange, arg.bits(0));
await wire.close();
console.log(Math.round(messages / seconds));
