/** `node dist/main.js` */
import { runService } from "@33god/service-kit/run";
import { service } from "./service.js";

await runService({
  name: "__SERVICE__",
  env: process.env,
  create: ({ bus, log }) => service(bus, log),
});
