/** Tells people that a transcript was processed, or was not. */
export { type Notice, noticeOf } from "./notice.js";
export { NOTIFIER_QUEUE, type NotifierOptions, notifierService } from "./notifier-service.js";
export { sendWebhook, type WebhookTarget } from "./webhook.js";
