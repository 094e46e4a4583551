// A process that writes rows with events (outbox), and makes an effect of each event (inbox), until it is killed or
// all is done. Run from dist: shop.mjs BUS-URL DATABASE ROWS.
import {
  Consumer,
  Inbox,
  Outbox,
  OutboxRelay,
  Publisher,
  postgresConnection,
  postgresTransactions,
  sqliteConnection,
  sqliteTransactions,
} from "@33god/bloodbank";

const [, , url, address, rows] = process.argv;
const contract = { eventType: "artifact.created", version: "v1", stability: "stable" };
const valid = (event) => ({ valid: true, event, contract });
const catalog = {
  contracts: [],
  get: () => undefined,
  nearest: () => [],
  validate: valid,
  validateBytes: (body) => valid(JSON.parse(new TextDecoder().decode(body))),
};
const bus = { url, catalog, source: { host: "test", type: "system", app: "shop" } };

let connection;
let transaction;
if (address.startsWith("postgres")) {
  const { default: pg } = await import("pg");
  const pool = new pg.Pool({ connectionString: address, max: 5 });
  connection = postgresConnection(pool);
  transaction = postgresTransactions(pool);
} else {
  const { DatabaseSync } = await import("@photostructure/sqlite");
  const database = new DatabaseSync(address);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 10000");
  connection = sqliteConnection(database);
  transaction = sqliteTransactions(database);
}

const outbox = new Outbox(bus);
const inbox = new Inbox();
const publisher = new Publisher(bus);
const relay = new OutboxRelay({ outbox, publisher, transaction, interval: 20, batch: 50 });
const consumer = new Consumer(bus, { queue: "services.shop.orders", concurrency: 4 }).on(
  "artifact.created",
  inbox.once(transaction, async (event, tx) => {
    await tx.query(`INSERT INTO effects (n) VALUES (${event.payload.n})`);
  }),
);
await publisher.start();
await consumer.start();
relay.start();

const count = async (table) => Number((await connection.query(`SELECT count(*) AS n FROM ${table}`))[0].n);
for (;;) {
  const n = await count("orders");
  if (n >= Number(rows)) break;
  await transaction(async (tx) => {
    await tx.query(`INSERT INTO orders (n) VALUES (${n})`);
    await outbox.add(tx, "artifact.created", { n });
  });
}
while ((await count("bloodbank_outbox")) > 0 || (await count("effects")) < Number(rows))
  await new Promise((resolve) => setTimeout(resolve, 20));
await relay.close();
await consumer.close();
await publisher.close();
process.exit(0);
