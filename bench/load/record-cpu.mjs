// A process of its own: stores COUNT events of 537 bytes, synced, and prints events a second.
// record.mjs bare|recorder PORT COUNT FOLDER
//   bare      one table with a number and the bytes, no index: what SQLite itself allows
//   recorder  from a durable queue that is full, until the last event is committed and found by id, type and time
import { mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { declareQueues } from "../../bloodbank/client/dist/index.js";
import { openStore } from "../../candystore/dist/index.js";
import { EVENT_TYPE, eventBodyOf } from "./body.mjs";
import { arg, open, publishBytes } from "./wire.mjs";

const [subject, port, countText, folder] = process.argv.slice(2);
const count = Number(countText);
const dir = mkdtempSync(path.join(folder, `${subject}-`));
const idOf = (n) => `0190f5c4-7b1e-7c3a-8f00-${n.toString(16).padStart(12, "0")}`;

function bare() {
  const bodies = Array.from({ length: count }, (_, n) => eventBodyOf(n));
  const database = new DatabaseSync(path.join(dir, "bare.sqlite"));
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  database.exec("CREATE TABLE events (position INTEGER PRIMARY KEY, body BLOB NOT NULL)");
  const insert = database.prepare("INSERT INTO events (body) VALUES (?)");
  const started = performance.now();
  for (let n = 0; n < count; n += 1_000) {
    database.exec("BEGIN IMMEDIATE");
    for (let i = n; i < n + 1_000; i += 1) insert.run(bodies[i]);
    database.exec("COMMIT");
  }
  const seconds = (performance.now() - started) / 1_000;
  database.close();
  return count / seconds;
}

async function recorder() {
  const url = `amqp://guest:guest@127.0.0.1:${port}/`;
  const queue = `bench.record.${process.pid}`;
  await declareQueues({ url, source: { host: "bench", type: "system", app: "bench" } }, [
    { queue, bindings: ["#"] },
  ]);
  const wire = await publishAll();
  const store = await openStore({ dataDir: dir });
  await store.position();
  const stored = new Promise((resolve) => store.onCommitted((position) => position >= count && resolve()));
  const since = new Date().toISOString();
  const started = performance.now();
  const {tasks}=await import("/tmp/tasks.mjs");globalThis.t0=tasks();await store.record({ url, queue });
  await stored;
  const last = idOf(count - 1);
  {const t1=tasks();for(const k in t1){const a=globalThis.t0[k]??["",0,0];const d=[t1[k][1]-a[1],t1[k][2]-a[2]];if(d[0]+d[1]>50)console.error(t1[k][0],k,"user",d[0],"sys",d[1]);}}
  const byId = await store.get(last);
  const page = await store.find({ type: [EVENT_TYPE], since }, { limit: 1 });
  const seconds = (performance.now() - started) / 1_000;
  if (byId === undefined || page.events[0]?.event_id !== last || !byId.valid)
    throw new Error("the last event cannot be found");
  await store.close();
  await wire.call(50, 40, 41, arg.short(0), arg.shortstr(queue), arg.bits(0));
  await wire.close();
  return count / seconds;
}

/** Confirmed, some thousand at a time. */
async function publishAll() {
  let confirmed = 0;
  let sent = 0;
  let filled;
  const full = new Promise((resolve) => {
    filled = resolve;
  });
  const fill = () => {
    while (sent < count && sent - confirmed <= 4_000) {
      const chunk = [];
      for (let i = 0; i < 100 && sent < count; i += 1)
        chunk.push(publishBytes("bloodbank.events.v1", EVENT_TYPE, eventBodyOf(sent++), EVENT_TYPE));
      wire.socket.write(Buffer.concat(chunk));
    }
  };
  const wire = await open(Number(port), (id, data, at) => {
    if (id !== 60080) return;
    const tag = Number(data.readBigUInt64BE(at));
    confirmed = data[at + 8] & 1 ? tag : confirmed + 1;
    if (confirmed >= count) filled();
    else fill();
  });
  await wire.call(85, 10, 11, arg.bits(0));
  fill();
  await full;
  return wire;
}

try {
  console.log(Math.round(await (subject === "bare" ? bare() : recorder())));
} finally {
  rmSync(dir, { recursive: true, force: true });
}
process.exit(0);
