// A process of its own: replays COUNT stored events to a queue, until the last is confirmed, and prints events a second.
// replay.mjs alone|taken PORT COUNT FOLDER
//   alone  nobody takes them; as many may wait as there are
//   taken  a consumer takes them meanwhile, and as many may wait as by default
import { mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { declareQueues, RawConsumer } from "../../bloodbank/client/dist/index.js";
import { openStore, startReplays } from "../../candystore/dist/index.js";
import { EVENT_TYPE, eventBodyOf } from "./body.mjs";
import { arg, open } from "./wire.mjs";

const [subject, port, countText, folder] = process.argv.slice(2);
const count = Number(countText);
const dir = mkdtempSync(path.join(folder, `${subject}-`));
const url = `amqp://guest:guest@127.0.0.1:${port}/`;
const bus = { url, source: { host: "bench", type: "system", app: "bench" } };
const queue = `bench.replay.${process.pid}`;

const store = await openStore({ dataDir: dir, indexing: false });
for (let n = 0; n < count; n += 1_000)
  await store.append(
    Array.from({ length: 1_000 }, (_, i) => ({
      body: eventBodyOf(n + i),
      exchange: "bloodbank.events.v1",
      routingKey: EVENT_TYPE,
      headers: {},
      properties: { contentType: "application/json", deliveryMode: 2, type: EVENT_TYPE },
      receivedAt: Date.now(),
    })),
  );
await declareQueues(bus, [{ queue, bindings: [] }]);
let taken = 0;
let takenAll;
const all = new Promise((resolve) => {
  takenAll = resolve;
});
const consumer = new RawConsumer(bus, {
  queue,
  prefetch: 4_000,
  onBatch: async (batch) => {
    taken += batch.length;
    if (taken >= count) takenAll();
  },
});
if (subject === "taken") await consumer.start();
const replays = await startReplays({ store, bus: { url } });
const started = performance.now();
const { replay_id: id } = await replays.create({
  select: {},
  queue,
  ...(subject === "alone" && { max_waiting: count }),
});
const { state, sent, error } = await replays.settled(id);
if (subject === "taken") await all;
const seconds = (performance.now() - started) / 1_000;
if (state !== "finished" || sent !== count) throw new Error(`the replay ${state} after ${sent}: ${error}`);
await replays.close();
if (subject === "taken") await consumer.close();
await store.close();
const wire = await open(Number(port), () => undefined);
await wire.call(50, 40, 41, arg.short(0), arg.shortstr(queue), arg.bits(0));
await wire.close();
rmSync(dir, { recursive: true, force: true });
console.log(Math.round(count / seconds));
process.exit(0);
