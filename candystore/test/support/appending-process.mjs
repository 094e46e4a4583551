// Appends without end, to be killed: appending-process.mjs OPTIONS_JSON. Prints the position of each batch that is committed.
import { randomUUID } from "node:crypto";
import { openStore } from "../../dist/index.js";

const store = await openStore(JSON.parse(process.argv[2]));
const title = "z".repeat(10_000);
for (;;) {
  const batch = Array.from({ length: 100 }, () => {
    const event_id = randomUUID();
    const event = { event_id, event_type: "artifact.created", payload: { title } };
    return {
      body: Buffer.from(JSON.stringify(event)),
      exchange: "bloodbank.events.v1",
      routingKey: "artifact.created",
      headers: {},
      properties: { messageId: event_id },
      receivedAt: Date.now(),
    };
  });
  const { position } = await store.append(batch);
  process.stdout.write(`${position}\n`);
}
