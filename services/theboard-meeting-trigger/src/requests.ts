/** Five kinds of request, each read as the meeting that is wanted. */
import { eventId } from "@33god/bloodbank";
import type { EventEnvelope } from "@33god/holyfields";

export interface Meeting {
  /** Derived from the request: the same request is the same meeting, whoever creates it and how often. */
  readonly meeting_id: string;
  readonly topic: string;
  readonly strategy: "simple" | "multi_agent";
  readonly max_rounds: number;
  /** What the participants should know; goes to TheBoard, and into no event. */
  readonly context: Readonly<Record<string, unknown>>;
}

const TOPIC_LIMIT = 1_000;
const DEFAULT_ROUNDS = 5;

/** The queue of each kind of request, in the registry's order. */
export const QUEUES = [
  ["services.theboard.meeting_trigger", "theboard.meeting.trigger"],
  ["services.theboard.feature_brainstorm", "feature.brainstorm.requested"],
  ["services.theboard.architecture_review", "architecture.review.needed"],
  ["services.theboard.incident_postmortem", "incident.postmortem.scheduled"],
  ["services.theboard.decision_analysis", "decision.analysis.required"],
] as const;

/** Throws a RangeError for a request without anything to talk about. */
export function meetingOf(event: EventEnvelope): Meeting {
  const { payload } = event;
  const topic = topicOf(event).replace(/\s+/g, " ").trim();
  if (topic === "") throw new RangeError(`${event.event_type} ${event.event_id} has an empty topic`);
  return {
    meeting_id: eventId("theboard.meeting", { request: event.event_id }),
    topic: [...topic].slice(0, TOPIC_LIMIT).join(""),
    strategy: payload.strategy === "simple" ? "simple" : "multi_agent",
    max_rounds: clamp(payload.max_rounds),
    context: { request_id: event.event_id, request_type: event.event_type, ...payload },
  };
}

function topicOf({ event_type, payload }: EventEnvelope): string {
  const said = (name: string) => (typeof payload[name] === "string" ? payload[name] : "");
  if (event_type === "feature.brainstorm.requested")
    return [said("feature_name"), said("feature_description")].filter((part) => part !== "").join(": ");
  if (event_type === "incident.postmortem.scheduled")
    return `Postmortem of ${said("incident_id")}: ${said("topic")}`;
  return said("topic");
}

function clamp(rounds: unknown): number {
  return typeof rounds === "number" && Number.isInteger(rounds)
    ? Math.min(100, Math.max(1, rounds))
    : DEFAULT_ROUNDS;
}
