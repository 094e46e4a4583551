/**
 * Events into the bus, for whatever speaks HTTP: `POST /events/{event_type}` takes a payload (or several), makes the
 * envelope, and answers when the bus has confirmed; `POST /events` takes whole events.
 */
import { ContractViolation } from "@33god/bloodbank";
import { type EventEnvelope, HolyfieldsError, type Violation } from "@33god/holyfields";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { type Receivers, ReceiversView, receiversOf } from "../../observe/receivers.js";
import { isEnvelope, makeEvent, type PostedFacts } from "../../publish/make-event.js";
import { AcceptedOnce } from "../../publish/once.js";
import { Lines } from "../body.js";
import type { ApiContext } from "../context.js";
import { Problem } from "../problem.js";
import { contractProblem } from "../problem-of.js";
import { ref } from "../shapes.js";

/** A client waits for this; the publisher's own deadline is longer. */
const DEADLINE = 8_000;
const LARGEST_BATCH = 10_000;

interface Acceptance {
  readonly event_id: string;
  readonly event_type: string;
  readonly version: string;
  readonly correlation_ids: readonly string[];
  readonly routed: boolean;
  readonly receivers: Receivers;
  readonly repeated?: true;
}

const headers = {
  type: "object",
  properties: {
    "idempotency-key": {
      type: "string",
      maxLength: 255,
      description: "Repeating a request with it makes no second event.",
    },
    "x-correlation-ids": {
      type: "string",
      description: "event_ids of the direct causes, with commas between.",
    },
    "x-source-app": { type: "string", description: "source.app; `http` by default." },
    "x-source-type": { type: "string", enum: ["webhook", "agent", "manual", "system"] },
    "x-event-version": { type: "string", description: "The newest version by default." },
    "x-agent-context": { type: "string", description: "agent_context, as JSON." },
  },
} as const;

const consumes = ["application/json", "application/x-ndjson", "application/cloudevents+json"];
const body = { description: "A payload, a whole event, or a list of either." };
const response = {
  202: { anyOf: [ref("Accepted"), ref("AcceptedMany")] },
  400: ref("Problem"),
  409: ref("Problem"),
  413: ref("Problem"),
  422: ref("Problem"),
  503: ref("Problem"),
};

export function publishRoutes(server: FastifyInstance, context: ApiContext): void {
  const once = new AcceptedOnce();
  const receivers = new ReceiversView(context.management);
  const { catalog } = context;

  server.post<{ Params: { event_type: string } }>(
    "/events/:event_type",
    {
      schema: {
        tags: ["publish"],
        summary: "Publish a payload as an event",
        params: { type: "object", properties: { event_type: { type: "string" } }, required: ["event_type"] },
        headers,
        consumes,
        body,
        response,
      },
    },
    async (request, reply) => {
      const { event_type: type } = request.params;
      const facts = factsOf(request);
      const { many, documents } = documentsOf(request.body);
      const events = documents.map((document, index) => {
        if (isEnvelope(document)) return document;
        const key = facts.idempotencyKey;
        const keyed = many && key !== undefined ? { ...facts, idempotencyKey: `${key}#${index}` } : facts;
        return makeEvent(type, document, keyed, catalog);
      });
      check(context, events, many, type);
      return reply
        .code(202)
        .send(
          answer(
            many,
            await publish(context, { once, receivers }, events, facts.idempotencyKey !== undefined),
          ),
        );
    },
  );

  server.post(
    "/events",
    { schema: { tags: ["publish"], summary: "Publish whole events", consumes, body, response } },
    async (request, reply) => {
      const posted = documentsOf(request.body);
      const { many } = posted;
      const documents = CLOUD_EVENTS.test(request.headers["content-type"] ?? "")
        ? await fromCloudEvents(posted.documents)
        : posted.documents;
      const events = check(context, documents, many);
      return reply.code(202).send(answer(many, await publish(context, { once, receivers }, events, false)));
    },
  );
}

/** CloudEvents 1.0 in structured mode, one or several (CloudEvents JSON format, "Batched"). */
const CLOUD_EVENTS = /^application\/cloudevents(-batch)?\+json(;|$)/;

async function fromCloudEvents(documents: readonly unknown[]): Promise<readonly unknown[]> {
  const { fromCloudEvent } = await import("@33god/holyfields/tools");
  return documents.map((document) => {
    try {
      return fromCloudEvent(document);
    } catch (error) {
      if (!(error instanceof HolyfieldsError)) throw error;
      throw new Problem("BAD_REQUEST", error.message, {
        violations: [{ pointer: error.pointer ?? "", keyword: "cloudevent", message: error.message }],
      });
    }
  });
}

function documentsOf(body: unknown): { readonly many: boolean; readonly documents: readonly unknown[] } {
  if (body === undefined) throw new Problem("MALFORMED_JSON", "The body is empty.");
  const many = body instanceof Lines || Array.isArray(body);
  const documents = body instanceof Lines ? body.documents : Array.isArray(body) ? body : [body];
  if (documents.length > LARGEST_BATCH)
    throw new Problem(
      "TOO_LARGE",
      `A batch holds ${LARGEST_BATCH} events at most; this one has ${documents.length}.`,
    );
  return { many, documents };
}

/** All or nothing: the first event leaves when every contract holds. */
function check(
  context: ApiContext,
  documents: readonly unknown[],
  many: boolean,
  type?: string,
): readonly EventEnvelope[] {
  const violations: Violation[] = [];
  let first: Problem | undefined;
  const events = documents.map((document, index) => {
    const verdict = context.catalog.validate(document, type);
    if (verdict.valid) return verdict.event;
    first ??= contractProblem(new ContractViolation(verdict));
    const prefix = many ? `/${index}` : "";
    violations.push(...verdict.violations.map((one) => ({ ...one, pointer: prefix + one.pointer })));
    return undefined;
  });
  if (first !== undefined) throw new Problem(first.code, first.message, { ...first.extras, violations });
  return events.filter((event) => event !== undefined);
}

async function publish(
  context: ApiContext,
  { once, receivers }: { readonly once: AcceptedOnce; readonly receivers: ReceiversView },
  events: readonly EventEnvelope[],
  keyed: boolean,
): Promise<readonly Acceptance[]> {
  const seen = receivers.bindings();
  const outcomes = await Promise.allSettled(
    events.map(async (event): Promise<Acceptance> => {
      const facts = {
        event_id: event.event_id,
        event_type: event.event_type,
        version: event.version,
        correlation_ids: event.correlation_ids ?? [],
      };
      const send = () => context.publisher.publishEvent(event, { deadline: DEADLINE });
      const sent = await (keyed ? once.send(event, storeIfThere(context), send) : send());
      if (sent === undefined) return { ...facts, routed: true, receivers: "unknown", repeated: true };
      const { routed } = sent;
      const facing = { type: event.event_type, routed };
      return { ...facts, routed, receivers: receiversOf(facing, await seen, context.config) };
    }),
  );
  const accepted = outcomes.filter((one) => one.status === "fulfilled").map(({ value }) => value);
  const failed = outcomes.find((one) => one.status === "rejected");
  if (failed === undefined) return accepted;
  if (failed.reason instanceof Problem || accepted.length === 0) throw failed.reason;
  throw new Problem(
    "BUS_UNAVAILABLE",
    `${events.length - accepted.length} of ${events.length} events were not confirmed.`,
    {
      accepted: accepted.map(({ event_id }) => event_id),
    },
  );
}

function storeIfThere({ store }: ApiContext) {
  return store.failing === undefined ? store.events : undefined;
}

function answer(many: boolean, accepted: readonly Acceptance[]): object {
  return many ? { accepted: accepted.length, events: accepted } : (accepted[0] ?? {});
}

function factsOf(request: FastifyRequest): PostedFacts {
  const header = (name: string) => {
    const value = request.headers[name];
    return (typeof value === "string" ? value : value?.[0])?.trim() || undefined;
  };
  return {
    idempotencyKey: header("idempotency-key"),
    correlationIds: (header("x-correlation-ids") ?? "")
      .split(",")
      .map((id) => id.trim())
      .filter((id) => id !== ""),
    version: header("x-event-version"),
    app: header("x-source-app"),
    sourceType: header("x-source-type"),
    agentContext: agentContext(header("x-agent-context")),
  };
}

function agentContext(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem("MALFORMED_JSON", "The header X-Agent-Context is not JSON.");
  }
}
