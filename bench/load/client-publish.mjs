// A process of its own: a client library publishes with at most WINDOW unconfirmed. Prints confirmed messages a second.
// client-publish.mjs CLIENT PORT MESSAGES WINDOW
import { eventBody } from "./body.mjs";
import { clients } from "./clients.mjs";

const [name, port, messages, window] = process.argv.slice(2);
const total = Number(messages);
const client = await clients[name](Number(port), `bench.${process.pid}`);
const started = performance.now();
await new Promise((resolve, reject) => {
  let sent = 0;
  let confirmed = 0;
  const next = () => {
    if (sent >= total) return;
    sent += 1;
    client.publish(eventBody).then(() => {
      confirmed += 1;
      if (confirmed === total) resolve();
      else next();
    }, reject);
  };
  for (let i = 0; i < Number(window); i += 1) next();
});
const seconds = (performance.now() - started) / 1000;
// The floor forgets queues, and answers no delete.
await Promise.race([client.close(), new Promise((resolve) => setTimeout(resolve, 500))]);
console.log(Math.round(total / seconds));
process.exit(0);
