/**
 * `agent.feedback.requested` → the agent, and its answer → `agent.feedback.response`, once each.
 *
 * What the agent refuses for good, or what still fails on the last rung of the retry ladder, is answered with status
 * `error`, so that who asked is not left waiting, and dead-lettered, so that an operator can send it again.
 */
import {
  type BusOptions,
  Consumer,
  eventId,
  type HandlerContext,
  NonRetryable,
  Publisher,
  RETRY_LADDER,
} from "@33god/bloodbank";
import type { EventEnvelope } from "@33god/holyfields";
import type { Log, RunningService } from "@33god/service-kit";
import { type AgentForge, FeedbackRefused, type FeedbackRequest, giveFeedback } from "./agent-forge.js";

export const ROUTER_QUEUE = "services.agent.feedback_router";
const RESPONSE = "agent.feedback.response";

export interface RouterOptions {
  readonly bus: BusOptions;
  readonly log: Log;
  readonly forge?: AgentForge | undefined;
}

/** Not started yet. */
export function routerService(options: RouterOptions): RunningService {
  const publisher = new Publisher(options.bus);
  const consumer = new Consumer(options.bus, { queue: ROUTER_QUEUE, prefetch: 10, concurrency: 5 }).on(
    "agent.feedback.requested",
    (event, context) => route(options, publisher, event as EventEnvelope, context),
  );
  return {
    get connected() {
      return publisher.connected && consumer.connected;
    },
    async start() {
      await publisher.start({ retry: true });
      await consumer.start({ retry: true });
    },
    async close() {
      await consumer.close();
      await publisher.close();
    },
  };
}

async function route(
  { forge, log }: RouterOptions,
  publisher: Publisher,
  event: EventEnvelope,
  { attempt, signal }: HandlerContext,
): Promise<void> {
  // The consumer checked the contract before it called.
  const request = event.payload as unknown as FeedbackRequest;
  const respond = (payload: { readonly response: string; readonly status: "ok" | "error" }) =>
    publisher.publish(
      RESPONSE,
      { agent_id: request.agent_id, ...payload },
      { eventId: eventId(RESPONSE, { request: event.event_id, status: payload.status }) },
    );
  try {
    if (forge === undefined)
      throw new FeedbackRefused("AGENTFORGE_URL is not set: set it and redrive the dead letter");
    const answer = await giveFeedback(forge, request, event.event_id, signal);
    await respond({ ...answer, status: "ok" });
    log("info", `agent ${request.agent_id} answered`, { request: event.event_id });
  } catch (error) {
    const refused = error instanceof FeedbackRefused;
    if (!refused && attempt <= RETRY_LADDER.length) throw error;
    const message = error instanceof Error ? error.message : String(error);
    const failure = { response: "", status: "error", error_message: message } as const;
    await respond(failure);
    throw new NonRetryable(message, { cause: error });
  }
}
