// A process of its own: the embedded broker with admission as the platform has it, on the contracts of the house, and one
// durable queue that gets everything. Nothing records. admitting-broker.mjs PORT
import { EVENTS_EXCHANGE } from "@33god/bloodbank";
import { startBroker } from "@33god/bloodbank-broker";
import { loadCatalog } from "@33god/holyfields";
import { admitByContract } from "../../platform/dist/admission/by-contract.js";

const place = { vhost: "/", durable: true, auto_delete: false, arguments: {} };
const broker = await startBroker({
  dataDir: "broker",
  port: Number(process.argv[2]),
  guarded: [EVENTS_EXCHANGE],
  admit: admitByContract(loadCatalog(), "enforce", () => {}),
  definitions: {
    exchanges: [{ ...place, name: EVENTS_EXCHANGE, type: "topic", internal: false }],
    queues: [{ ...place, name: "all" }],
    bindings: [
      { ...place, source: EVENTS_EXCHANGE, destination: "all", destination_type: "queue", routing_key: "#" },
    ],
  },
});
process.once("SIGTERM", () => broker.close().then(() => process.exit(0)));
