/** The doors for other people's webhooks. What they take and what they answer is their services' own matter. */
import { receiveWebhook, WEBHOOK_QUEUE } from "@33god/fireflies-webhook";
import { receiveGithubWebhook } from "@33god/github-pr-listener";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { readBytes } from "../body.js";
import type { ApiContext } from "../context.js";
import { PROBLEM_TYPE, Problem, type ProblemExtras } from "../problem.js";
import { PROBLEMS, type ProblemCode } from "../problem-codes.js";
import { ref } from "../shapes.js";

/** A sender waits for the answer, and sends again where there is none. */
const DEADLINE = 8_000;

interface WebhookAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly outcome: string;
}

export function webhookRoutes(server: FastifyInstance, context: ApiContext): void {
  readBytes(server);
  const { config, publisher, metrics } = context;
  const response = {
    202: { type: "object", additionalProperties: true },
    400: ref("Problem"),
    401: ref("Problem"),
    422: ref("Problem"),
    503: ref("Problem"),
  };

  const send = (sender: string, answer: WebhookAnswer, request: FastifyRequest, reply: FastifyReply) => {
    metrics.webhook(sender, answer.outcome);
    if (answer.contentType !== PROBLEM_TYPE) return reply.code(answer.status).send(answer.body);
    const { code, detail, title: _title, status: _status, type: _type, ...rest } = answer.body;
    const known = typeof code === "string" && code in PROBLEMS ? (code as ProblemCode) : "BAD_REQUEST";
    context.log("warn", `a webhook of ${sender} was refused: ${String(detail)}`, { code, from: request.ip });
    throw new Problem(known, String(detail), rest as ProblemExtras);
  };

  server.post(
    "/webhooks/fireflies",
    { schema: { tags: ["webhooks"], summary: "Fireflies: a transcript is ready, or a whole one", response } },
    async (request, reply) =>
      send(
        "fireflies",
        await receiveWebhook({
          headers: request.headers,
          rawBody: request.rawBody ?? new Uint8Array(),
          secret: config.fireflies.webhookSecret,
          enqueue: ({ body, messageId }) =>
            publisher.sendToQueue(WEBHOOK_QUEUE, body, { messageId, deadline: DEADLINE }),
        }),
        request,
        reply,
      ),
  );
  server.post(
    "/webhooks/github",
    { schema: { tags: ["webhooks"], summary: "GitHub: a pull request was opened", response } },
    async (request, reply) =>
      send(
        "github",
        await receiveGithubWebhook({
          headers: request.headers,
          rawBody: request.rawBody ?? new Uint8Array(),
          secret: config.githubWebhookSecret,
          publish: (type, payload, { eventId }) =>
            publisher.publish(
              type,
              { ...payload },
              {
                eventId,
                deadline: DEADLINE,
                source: { host: request.headers.host ?? "", type: "webhook", app: "github-pr-listener" },
              },
            ),
        }),
        request,
        reply,
      ),
  );
}
