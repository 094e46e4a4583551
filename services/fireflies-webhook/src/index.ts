/** The door that the platform opens at `POST /webhooks/fireflies`, and the service that works on what came in. */
export {
  READY_EVENT,
  readyEventId,
  receiveWebhook,
  type WebhookOutcome,
  type WebhookRequest,
  type WebhookResponse,
  type WorkItem,
} from "./door/receive-webhook.js";
export { ERROR_CODES, type ErrorCode, FirefliesError } from "./errors.js";
export { type ReadyTranscript, toReady } from "./fireflies/mapping.js";
export { WEBHOOK_QUEUE, type WebhookServiceOptions, webhookService } from "./worker/webhook-service.js";
