// A consumer in a process of its own, run from dist: dies of `poison: true`, ends well after event 3.
import { Consumer } from "@33god/bloodbank";

const [, , url, queue] = process.argv;
const contract = { eventType: "artifact.created", version: "v1", stability: "stable" };
const catalog = {
  contracts: [],
  get: () => undefined,
  nearest: () => [],
  validate: (event) => ({ valid: true, event, contract }),
  validateBytes: (body) => ({
    valid: true,
    event: JSON.parse(new TextDecoder().decode(body)),
    contract,
  }),
};
const consumer = new Consumer(
  { url, catalog, source: { host: "test", type: "system", app: "victim" } },
  { queue, bindings: [] },
).on("artifact.created", async ({ payload }) => {
  if (payload.poison) process.kill(process.pid, "SIGKILL");
  console.log(`handled ${payload.n}`);
  if (payload.n === 3) setTimeout(() => consumer.close(), 100);
});
await consumer.start();
