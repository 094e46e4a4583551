// A consumer that misbehaves: faulty-consumer.mjs BUS-URL DATABASE THROWS HANGS EXITS, each a share of the deliveries.
import { Consumer, Inbox, sqliteConnection, sqliteTransactions } from "@33god/bloodbank";
import { loadCatalog } from "@33god/holyfields";
import { DatabaseSync } from "@photostructure/sqlite";
import { STREAM_EVENT } from "./load.mjs";

const [, , url, file, ...shares] = process.argv;
const [throws, hangs, exits] = shares.map(Number);
const database = new DatabaseSync(file, { timeout: 10_000 });
database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF");
database.exec(
  "CREATE TABLE IF NOT EXISTS effects (event_id TEXT, n INTEGER); CREATE TABLE IF NOT EXISTS incidents (kind TEXT)",
);
const inbox = new Inbox();
await inbox.createTable(sqliteConnection(database));
const note = (kind) => database.prepare("INSERT INTO incidents (kind) VALUES (?)").run(kind);

const effect = inbox.once(sqliteTransactions(database), async (event, tx) => {
  await tx.query("INSERT INTO effects (event_id, n) VALUES (?, ?)", [event.event_id, event.payload.n]);
  if (Math.random() < exits) process.kill(process.pid, "SIGKILL");
});
const consumer = new Consumer(
  { url, catalog: loadCatalog(), source: { host: "faults", type: "system", app: "faulty" } },
  { queue: "services.faults.client", concurrency: 16, prefetch: 64, deadline: 1_000, breaker: false },
).on(STREAM_EVENT, async (event, context) => {
  if (Math.random() < throws) {
    note("thrown");
    throw new Error("this one does not work right now");
  }
  if (Math.random() < hangs) {
    note("hung");
    await new Promise((_, reject) => {
      context.signal.addEventListener("abort", () => reject(context.signal.reason));
    });
  }
  await effect(event, context);
});
await consumer.start({ retry: true });
process.on("SIGTERM", async () => {
  await consumer.close();
  process.exit(0);
});
