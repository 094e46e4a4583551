/** `node dist/main.js` */
import { httpUrl, text } from "@33god/service-kit";
import { runService } from "@33god/service-kit/run";
import { notifierService } from "./notifier-service.js";

await runService({
  name: "fireflies-transcript-notifier",
  env: process.env,
  create({ bus, log, env }) {
    const url = httpUrl(env, "NOTIFY_WEBHOOK_URL");
    const secret = text(env, "NOTIFY_WEBHOOK_SECRET");
    return notifierService({ bus, log, webhook: url === undefined ? undefined : { url, secret } });
  },
});
