// A process of its own: publishes at a steady rate on one connection, consumes on another, and prints one percentile of
// the milliseconds in between. latency.mjs PORT RATE SECONDS durable|transient PERCENTILE
import { eventBody } from "./body.mjs";
import { arg, frame, method, open } from "./wire.mjs";

const [port, rate, seconds] = process.argv.slice(2, 5).map(Number);
const durable = process.argv[5] === "durable";
const percentile = Number(process.argv[6]);
const queue = `bench.${process.pid}`;
const total = rate * seconds;
const warm = rate;
const times = [];
let arrived = 0;
let finished;
const done = new Promise((resolve) => {
  finished = resolve;
});

const publisher = await open(port, () => {});
let tag;
const consumer = await open(
  port,
  (id, data, at) => {
    // The delivery tag stands behind the consumer tag.
    if (id === 60060) tag = Buffer.from(data.subarray(at + 1 + data[at], at + 9 + data[at]));
  },
  (data, at) => {
    if (++arrived > warm) times.push(performance.now() - data.readDoubleBE(at));
    consumer.socket.write(method(1, 60, 80, tag, arg.bits(0)));
    if (arrived === total + warm) finished();
  },
);
const flags = arg.bits(durable ? 2 : 0);
await consumer.call(50, 10, 11, arg.short(0), arg.shortstr(queue), flags, arg.long(0));
await consumer.call(60, 10, 11, arg.long(0), arg.short(1000), arg.bits(0));
await consumer.call(
  60,
  20,
  21,
  arg.short(0),
  arg.shortstr(queue),
  arg.shortstr(""),
  arg.bits(0),
  arg.long(0),
);
await publisher.call(85, 10, 11, arg.bits(0));

const header = Buffer.concat([
  arg.short(60),
  arg.short(0),
  arg.longlong(eventBody.length),
  arg.short(0x1000), // delivery-mode alone
  Buffer.from([durable ? 2 : 1]),
]);
const head = Buffer.concat([
  method(1, 60, 40, arg.short(0), arg.shortstr(""), arg.shortstr(queue), arg.bits(0)),
  frame(2, 1, header),
]);
const started = performance.now();
let sent = 0;
const timer = setInterval(() => {
  // As many as are due, so that the rate holds where the timer is late.
  const due = Math.min(total + warm, Math.floor(((performance.now() - started) / 1000) * rate));
  for (; sent < due; sent += 1) {
    const body = Buffer.from(eventBody);
    body.writeDoubleBE(performance.now(), 0);
    publisher.socket.write(Buffer.concat([head, frame(3, 1, body)]));
  }
  if (sent === total + warm) clearInterval(timer);
}, 1);
await done;
await consumer.call(50, 40, 41, arg.short(0), arg.shortstr(queue), arg.bits(0));
await publisher.close();
await consumer.close();
times.sort((a, b) => a - b);
console.log(times[Math.min(times.length - 1, Math.floor((times.length * percentile) / 100))].toFixed(3));
