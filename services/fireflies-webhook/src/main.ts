/** `node dist/main.js` */
import { httpUrl, text, wholeNumber } from "@33god/service-kit";
import { runService } from "@33god/service-kit/run";
import { webhookService } from "./worker/webhook-service.js";

const API = "https://api.fireflies.ai/graphql";

await runService({
  name: "fireflies-webhook",
  sourceType: "webhook",
  env: process.env,
  create({ bus, log, env }) {
    const url = httpUrl(env, "FIREFLIES_API_URL") ?? API;
    const key = text(env, "FIREFLIES_API_KEY");
    const timeout = wholeNumber(env, "FIREFLIES_TIMEOUT_MS", 1);
    if (key === undefined)
      log("warn", "FIREFLIES_API_KEY is not set: only whole transcripts can be worked on");
    return webhookService({
      bus,
      log,
      api: key === undefined ? undefined : { url, key, ...(timeout !== undefined && { timeout }) },
    });
  },
});
