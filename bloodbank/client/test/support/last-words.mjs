// last-words.mjs URL QUEUE: takes one piece of work, is closed meanwhile, fails at it, and ends by itself.
import { Publisher, WorkConsumer } from "@33god/bloodbank";
import { loadCatalog } from "@33god/holyfields";

const [url, queue] = process.argv.slice(2);
const bus = { url, catalog: loadCatalog(), source: { host: "test", type: "system", app: "last-words" } };
const publisher = new Publisher(bus);
const consumer = new WorkConsumer(bus, {
  queue,
  breaker: { failures: 1, pause: 3_600_000 },
  handler: async () => {
    const closed = consumer.close();
    closed.then(() => console.log("closed"));
    await new Promise(setImmediate);
    throw new Error("too late");
  },
});
await consumer.start();
await publisher.start();
await publisher.sendToQueue(queue, "work");
await publisher.close();
