// A process of its own: fills a durable queue, then a client library consumes it with acks. Prints messages a second, of this
// process's processor time with `cpu`. client-consume.mjs CLIENT PORT MESSAGES PREFETCH [cpu]
import { eventBody } from "./body.mjs";
import { clients } from "./clients.mjs";

const [name, port, messages, prefetch, clock] = process.argv.slice(2);
const total = Number(messages);
const client = await clients[name](Number(port), `bench.${process.pid}`);
for (let sent = 0; sent < total; sent += 1000) {
  await Promise.all(Array.from({ length: Math.min(1000, total - sent) }, () => client.publish(eventBody)));
}
const used = process.cpuUsage();
const started = performance.now();
await new Promise((resolve, reject) => {
  let got = 0;
  client
    .consume(Number(prefetch), () => {
      got += 1;
      if (got === total) resolve();
    })
    .catch(reject);
});
const { user, system } = process.cpuUsage(used);
const seconds = clock === "cpu" ? (user + system) / 1e6 : (performance.now() - started) / 1000;
await client.close();
console.log(Math.round(total / seconds));
process.exit(0);
