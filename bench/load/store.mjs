// A process of its own: fills two stores of EVENTS events in FOLDER, some batches each in turns, asks both, and prints their
// figures as JSON.
// store.mjs EVENTS FOLDER
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { quietRounds } from "../harness.mjs";
import { deliveries, TREE } from "./store-events.mjs";
import { figures, filtersOf, timed } from "./store-questions.mjs";
import { bare, candystore, obvious } from "./store-subjects.mjs";

const [eventsText, folder] = process.argv.slice(2);
const events = Number(eventsText);
const BATCH = 1_000;
/**
 * Batches of a turn. It lasts until the store's other threads are idle as well, and what they do is a part of it: so no
 * store does its work while another one is measured.
 */
const TURN_BATCHES = 32;
const PAGES = 200;
const ROUNDS = 5;
/** Each asks so long, and once at least: what a store must read through entirely is asked a few times only. */
const TURN_MS = 300;
/** Unmeasured, for caches and compilers: a program that appends and answers pages has done so before. */
const WARM_BATCHES = 80;
const WARM_MS = 1_000;
/** What takes longer is asked once: of a table of millions, the obvious way, some pages take minutes. */
const SLOW_MS = 5_000;

const warmFolder = path.join(folder, "warm");
await mkdir(warmFolder);
for (const make of [obvious, candystore, bare]) {
  const store = make(warmFolder);
  for (let n = 0; n < WARM_BATCHES; n += 1) store.append(deliveries(n * BATCH, BATCH));
  await store.close();
}
await rm(warmFolder, { recursive: true });

const stores = { obvious: obvious(folder), candystore: candystore(folder) };
const names = Object.keys(stores);
const each = (make) => Object.fromEntries(names.map((name) => [name, make(name)]));

const edge = Math.min(100_000, Math.floor(events / 4));
const spent = each(() => []);
const least = bare(folder);
const spentAtLeast = [];
let raw = 0;
for (let n = 0, turn = 0; n < events; turn += 1) {
  const batches = [];
  for (; n < events && batches.length < TURN_BATCHES; n += BATCH) batches.push(deliveries(n, BATCH));
  for (const batch of batches) for (const { body } of batch) raw += body.byteLength;
  for (const name of turn % 2 ? names : [...names].reverse())
    spent[name].push(...(await appended(stores[name], batches)));
  if (spentAtLeast.length * BATCH < edge) spentAtLeast.push(...(await appended(least, batches)));
  if (turn % 16 === 15) console.error(`${n} events appended`);
}

/** The time of each batch of a turn. */
async function appended(store, batches) {
  const times = [];
  for (const [i, batch] of batches.entries())
    times.push(
      await timed(async () => {
        store.append(batch);
        // A thread that is done is heard of.
        await nextTurn();
        if (i === batches.length - 1) await store.idle();
      }),
    );
  return times;
}
/** Events a second, of some batches. */
const rate = (batches, clock) =>
  (batches.length * BATCH * 1_000) / batches.reduce((sum, time) => sum + time[clock], 0);
const rates = (batches) => ({ wall: rate(batches, "wall"), cpu: rate(batches, "cpu") });
least.close();
const inEdge = Math.max(1, Math.floor(edge / BATCH));
const appends = each((name) => ({
  empty: rates(spent[name].slice(0, inEdge)),
  full: rates(spent[name].slice(-inEdge)),
  all: rates(spent[name]),
}));
const indexed = {};
for (const name of names) indexed[name] = await timed(() => stores[name].index());
console.error("indexed");

const filters = filtersOf(events);
const QUESTIONS = process.env.BENCH_QUESTIONS?.split(",") ?? Object.keys(filters);

/**
 * Asks in turns that last, in each all questions over and over. Where they took turns question by question, whoever came to
 * collect garbage paid for what the other one had left as well, and found the processor's caches full of it. The questions
 * are made beforehand, and not timed. The processor's time is that of a turn: to ask for it takes as long as a short page.
 * What was so slow that it was asked once has the same figures in each round.
 */
async function ask(questions, works) {
  const once = {};
  for (const [name, work] of Object.entries(works)) {
    const first = await timed(() => work(questions[0]));
    if (first.wall > SLOW_MS) {
      once[name] = { ...figures([first.wall]), cpu: first.cpu };
      continue;
    }
    const until = performance.now() + WARM_MS;
    for (let n = 1; performance.now() < until; n += 1) await work(questions[n % questions.length]);
  }
  return quietRounds(ROUNDS, async () => {
    const asked = {};
    for (const [name, work] of Object.entries(works))
      asked[name] = once[name] ?? (await turn(questions, work));
    return asked;
  });
}

async function turn(questions, work) {
  const walls = [];
  const { cpu } = await timed(async () => {
    const until = performance.now() + TURN_MS;
    for (let now = performance.now(); ; ) {
      await work(questions[walls.length % questions.length]);
      const before = now;
      now = performance.now();
      walls.push(now - before);
      if (now >= until) break;
    }
  });
  return { ...figures(walls), cpu: cpu / walls.length };
}

const eventsOf = (page) => JSON.parse(Buffer.from(page)).events;

const queries = {};
for (const [name, filter] of Object.entries(filters)) {
  if (!QUESTIONS.includes(name)) continue;
  for (const n of [0, 1]) for (const store of names) checkSame(name, filter(n), store);
  const questions = Array.from({ length: PAGES }, (_, n) => filter(n));
  const positions = new Map(
    questions.map((question) => [
      question,
      eventsOf(stores.candystore.page(question)).map(({ position }) => position),
    ]),
  );
  queries[name] = await ask(questions, {
    ...each((store) => (question) => stores[store].page(question)),
    bodies: (question) => stores.candystore.bodies(positions.get(question)),
  });
  console.error(`asked by ${name}`);
}

/** A faster answer that is another answer is none. */
function checkSame(name, filter, store) {
  const idsIn = (page) => eventsOf(page).map(({ event_id }) => event_id);
  const ids = idsIn(stores[store].page(filter));
  const wanted = idsIn(stores[names[0]].page(filter));
  if (name !== "text" && JSON.stringify(ids) !== JSON.stringify(wanted))
    throw new Error(`by ${name} ${store} finds others than ${names[0]}`);
}

let nodes = 0;
const roots = Array.from(
  { length: 20 },
  (_, n) => deliveries(Math.floor((events / TREE) * (n / 20)) * TREE, 1)[0].id,
);
const traced = (store) => async (root) => {
  const found = (await stores[store].trace(root)).nodes.length;
  if (nodes !== 0 && found !== nodes) throw new Error(`a trace has ${found} events, another ${nodes}`);
  nodes = found;
};
const trace = await ask(roots, each(traced));
console.log(
  JSON.stringify({
    append: { ...appends, bare: { empty: rates(spentAtLeast) } },
    indexed: events / (indexed.candystore.wall / 1_000),
    bytes: each((name) => stores[name].bytes() / raw),
    bytesWithText: each((name) => (stores[name].bytes() + stores[name].indexBytes()) / raw),
    queries,
    trace,
    nodes,
  }),
);
for (const name of names) await stores[name].close();
process.exit(0);
