/** `node dist/main.js` */
import { httpUrl } from "@33god/service-kit";
import { runService } from "@33god/service-kit/run";
import { routerService } from "./router-service.js";

await runService({
  name: "agent-feedback-router",
  sourceType: "agent",
  env: process.env,
  create({ bus, log, env }) {
    const url = httpUrl(env, "AGENTFORGE_URL");
    if (url === undefined) log("warn", "AGENTFORGE_URL is not set: every request is answered with an error");
    return routerService({ bus, log, forge: url === undefined ? undefined : { url } });
  },
});
