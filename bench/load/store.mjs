// A process of its own: fills two stores of EVENTS events in FOLDER, batch by batch in turns, asks both, and prints their
// figures as JSON.
// store.mjs EVENTS FOLDER
import { deliveries, TREE, WORDS } from "./store-events.mjs";
import { candystore, obvious } from "./store-subjects.mjs";

const [eventsText, folder] = process.argv.slice(2);
const events = Number(eventsText);
const BATCH = 1_000;
const PAGES = 200;
/** What a store must read through entirely is asked a few times only. */
const LONGEST = 15_000;
const FEWEST = 3;

const stores = { obvious: obvious(folder), candystore: candystore(folder) };
const names = Object.keys(stores);
const each = (make) => Object.fromEntries(names.map((name) => [name, make(name)]));

/** Milliseconds that passed, and that this process worked for: others may have the machine as well. */
async function timed(work) {
  const cpu = process.cpuUsage();
  const began = performance.now();
  await work();
  const wall = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  return { wall, cpu: (user + system) / 1_000 };
}

const edge = Math.min(100_000, Math.floor(events / 4));
const spent = each(() => []);
let raw = 0;
for (let n = 0; n < events; n += BATCH) {
  const batch = deliveries(n, BATCH);
  for (const { body } of batch) raw += body.byteLength;
  for (const name of (n / BATCH) % 2 ? names : [...names].reverse())
    spent[name].push(await timed(() => stores[name].append(batch)));
  if ((n + BATCH) % 500_000 === 0) console.error(`${n + BATCH} events appended`);
}
/** Events a second, of some batches. */
const rate = (batches, clock) =>
  (batches.length * BATCH * 1_000) / batches.reduce((sum, time) => sum + time[clock], 0);
const rates = (batches) => ({ wall: rate(batches, "wall"), cpu: rate(batches, "cpu") });
const inEdge = Math.max(1, Math.floor(edge / BATCH));
const appended = each((name) => ({
  empty: rates(spent[name].slice(0, inEdge)),
  full: rates(spent[name].slice(-inEdge)),
  all: rates(spent[name]),
}));
const indexed = {};
for (const name of names) indexed[name] = await timed(() => stores[name].index());
console.error("indexed");

const at = (share) => new Date(deliveries(Math.floor(events * share), 1)[0].receivedAt).toISOString();
const some = (n) => deliveries(Math.floor(((n * 7_919) % 1_000) * (events / 1_000)), 1)[0];
const filters = {
  none: () => ({}),
  type: (n) => ({ type: [some(n).routingKey] }),
  source: (n) => ({ source: some(n).app }),
  version: () => ({ version: "v1" }),
  valid: () => ({ valid: true }),
  "type and source": (n) => ({ type: [some(n).routingKey], source: some(n).app }),
  time: (n) => ({ since: at((n % 90) / 100), until: at((n % 90) / 100 + 0.05) }),
  correlation: (n) => ({ correlation: some(n).id }),
  payload: (n) => ({ payload: { meeting_id: some(n).meeting } }),
  text: (n) => ({ text: WORDS[n % WORDS.length] }),
};
const percentile = (times, share) => [...times].sort((a, b) => a - b)[Math.floor(times.length * share)];
const figures = (times) => ({
  asked: times.length,
  median: percentile(
    times.map(({ wall }) => wall),
    0.5,
  ),
  p95: percentile(
    times.map(({ wall }) => wall),
    0.95,
  ),
  cpu: times.reduce((sum, { cpu }) => sum + cpu, 0) / times.length,
});

/** Asks each store in turns, as often as there is time. */
async function ask(count, work) {
  const times = each(() => []);
  const total = each(() => 0);
  for (let n = 0; n < count; n += 1)
    for (const name of names) {
      if (n >= FEWEST && total[name] > LONGEST) continue;
      const time = await timed(() => work(stores[name], n));
      times[name].push(time);
      total[name] += time.wall;
    }
  return each((name) => figures(times[name]));
}

const queries = {};
for (const [name, filter] of Object.entries(filters)) {
  for (const n of [0, 1]) for (const store of names) checkSame(name, filter(n), store);
  queries[name] = await ask(PAGES, (store, n) => store.page(filter(n)));
  console.error(`asked by ${name}`);
}

/** A faster answer that is another answer is none. */
function checkSame(name, filter, store) {
  const ids = stores[store].page(filter).events.map(({ event_id }) => event_id);
  const wanted = stores[names[0]].page(filter).events.map(({ event_id }) => event_id);
  if (name !== "text" && JSON.stringify(ids) !== JSON.stringify(wanted))
    throw new Error(`by ${name} ${store} finds others than ${names[0]}`);
}

const floors = [];
for (let n = 0; n < PAGES; n += 1)
  floors.push(await timed(() => stores.candystore.floor(1 + Math.floor((events - 50) * ((n * 0.618) % 1)))));

let nodes = 0;
const trace = await ask(20, async (store, n) => {
  const root = deliveries(Math.floor((events / TREE) * (n / 20)) * TREE, 1)[0];
  const found = (await store.trace(root.id)).nodes.length;
  if (nodes !== 0 && found !== nodes) throw new Error(`a trace has ${found} events, another ${nodes}`);
  nodes = found;
});
console.log(
  JSON.stringify({
    append: appended,
    indexed: events / (indexed.candystore.wall / 1_000),
    bytes: each((name) => stores[name].bytes() / raw),
    bytesWithText: each((name) => (stores[name].bytes() + stores[name].indexBytes()) / raw),
    queries,
    floor: figures(floors),
    trace,
    nodes,
  }),
);
for (const name of names) stores[name].close();
process.exit(0);
