/** `node dist/main.js` */
import { httpUrl } from "@33god/service-kit";
import { runService } from "@33god/service-kit/run";
import { triggerService } from "./trigger-service.js";

await runService({
  name: "theboard-meeting-trigger",
  env: process.env,
  create({ bus, log, env }) {
    const url = httpUrl(env, "THEBOARD_URL");
    return triggerService({ bus, log, board: url === undefined ? undefined : { url } });
  },
});
