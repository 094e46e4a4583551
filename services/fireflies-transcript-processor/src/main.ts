/** `node dist/main.js` */
import path from "node:path";
import { text } from "@33god/service-kit";
import { runService } from "@33god/service-kit/run";
import { processorService } from "./processor-service.js";

await runService({
  name: "fireflies-transcript-processor",
  env: process.env,
  create: ({ bus, log, env }) =>
    processorService({ bus, log, vault: path.resolve(text(env, "BLOODBANK_VAULT_DIR") ?? "vault") }),
});
