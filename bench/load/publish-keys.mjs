// A process of its own: binds a durable queue to a topic exchange by many wildcard patterns, then publishes persistent messages
// with many routing keys, each of which matches one of them, with confirms. Prints confirmed messages a second, by the clock
// or by the processor's time of the broker's main thread, which other work on the machine does not change much.
// publish-keys.mjs PORT MESSAGES WINDOW BINDINGS KEYS [BROKER_PID]; the routes are cold, as the bindings are new.
import { readFileSync } from "node:fs";
import { EVENT_TYPE, eventBody } from "./body.mjs";
import { CHUNK, confirmedFlow } from "./flow.mjs";
import { arg, open, publishBytes } from "./wire.mjs";

const [port, messages, window, bindings, keys, pid] = process.argv.slice(2).map(Number);
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
/** Seconds. Linux alone knows how long a thread ran, in nanoseconds. */
const now = () =>
  pid
    ? Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "utf8").split(" ")[0]) / 1e9
    : performance.now() / 1000;
const none = arg.long(0);
const exchange = arg.shortstr(name);
await wire.call(40, 10, 11, arg.short(0), exchange, arg.shortstr("topic"), arg.bits(0), none);
await wire.call(50, 10, 11, arg.short(0), arg.shortstr(name), arg.bits(2), none);
for (let n = 0; n < bindings; n += 1) {
  const pattern = arg.shortstr(n % 2 ? `domain${n}.*.happened` : `domain${n}.#`);
  await wire.call(50, 20, 21, arg.short(0), arg.shortstr(name), exchange, pattern, arg.bits(0), none);
}
await wire.call(85, 10, 11, arg.bits(0));
const started = now();
await flow.run(wire.socket, chunks);
const seconds = now() - started;
await wire.call(50, 40, 41, arg.short(0), arg.shortstr(name), arg.bits(0));
await wire.call(40, 20, 21, arg.short(0), exchange, arg.bits(0));
await wire.close();
console.log(Math.round(messages / seconds));
