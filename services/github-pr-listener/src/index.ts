/** The door that the platform opens at `POST /webhooks/github`. */
export type { CreatedPullRequest } from "./pull-request.js";
export {
  ERROR_CODES,
  type GithubWebhookRequest,
  type GithubWebhookResponse,
  PR_CREATED,
  receiveGithubWebhook,
} from "./receive-webhook.js";
