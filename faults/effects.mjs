// A service whose effects must happen once and in order: effects.mjs BUS-URL DATABASE HEALTH-PORT
import { createServer } from "node:net";
import { Consumer, Inbox, sqliteConnection, sqliteTransactions } from "@33god/bloodbank";
import { loadCatalog } from "@33god/holyfields";
import { DatabaseSync } from "@photostructure/sqlite";
import { EFFECTS_QUEUE, STREAM_EVENT } from "./load.mjs";

const [, , url, file, port] = process.argv;
const database = new DatabaseSync(file, { timeout: 10_000 });
database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
// The row's position is the order in which the effects were made. Nothing here keeps a second one away but the inbox.
database.exec("CREATE TABLE IF NOT EXISTS effects (position INTEGER PRIMARY KEY, event_id TEXT, n INTEGER)");
const inbox = new Inbox();
await inbox.createTable(sqliteConnection(database));

const consumer = new Consumer(
  { url, catalog: loadCatalog(), source: { host: "faults", type: "system", app: "effects" } },
  { queue: EFFECTS_QUEUE },
).on(
  STREAM_EVENT,
  inbox.once(sqliteTransactions(database), async (event, tx) => {
    await tx.query("INSERT INTO effects (event_id, n) VALUES (?, ?)", [event.event_id, event.payload.n]);
  }),
);
await consumer.start({ retry: true });
createServer((socket) => socket.destroy()).listen(Number(port), "127.0.0.1");
process.on("SIGTERM", async () => {
  await consumer.close();
  process.exit(0);
});
