import type { LetterFilter } from "@33god/bloodbank";
import type { FastifyInstance } from "fastify";
import { actorOf } from "../actor.js";
import type { ApiContext } from "../context.js";
import { Problem } from "../problem.js";
import { ref } from "../shapes.js";

const tags = ["repair"];
const text = { type: "string" } as const;
const choice = {
  queue: { ...text, description: "The queue that they died in, or the dead-letter queue." },
  event_type: text,
  type: { ...text, description: "The same as event_type." },
  code: text,
  group: { ...text, description: "Those of one cause." },
} as const;
const limit = { type: "integer", minimum: 1, maximum: 10_000, default: 500 } as const;
/** What acts take. Nothing else: with a misspelt choice they would reach more than is meant. */
export const order = {
  type: "object",
  properties: {
    ids: { type: "array", items: text },
    ...choice,
    all: { type: "boolean", description: "Says that everything is meant." },
    reason: text,
  },
  additionalProperties: false,
} as const;
const open = { type: "object", additionalProperties: true } as const;

export interface Choice {
  readonly ids?: readonly string[];
  readonly queue?: string;
  readonly event_type?: string;
  readonly type?: string;
  readonly code?: string;
  readonly group?: string;
  readonly all?: boolean;
}

interface Order extends Choice {
  readonly reason?: string;
  readonly rate?: number;
  readonly event?: unknown;
}

/** `/api/v1/dead-letters…` and `/api/v1/quarantine`: what was given up, looked at and put right. */
export function deadLetterRoutes(server: FastifyInstance, { deadLetters, policies }: ApiContext): void {
  server.get<{ Querystring: Choice & { readonly limit: number } }>(
    "/api/v1/dead-letters",
    {
      schema: {
        tags,
        summary: "Dead letters, queue by queue, oldest first",
        querystring: { type: "object", properties: { ...choice, limit }, additionalProperties: false },
        response: { 200: ref("DeadLetters"), 503: ref("Problem") },
      },
    },
    async ({ query }) => deadLetters.list(filterOf(query), query.limit),
  );
  server.get<{ Querystring: Choice }>(
    "/api/v1/dead-letters/groups",
    {
      schema: {
        tags,
        summary: "Dead letters of the same cause, counted, with when they died",
        querystring: { type: "object", properties: choice, additionalProperties: false },
        response: { 200: ref("LetterGroups") },
      },
    },
    async ({ query }) => deadLetters.groups(filterOf(query)),
  );
  server.get(
    "/api/v1/dead-letters/policies",
    { schema: { tags, summary: "What keeps the dead letters of which queue", response: { 200: open } } },
    async () => ({ policies: policies?.kept ?? [], failing: policies?.failing ?? null }),
  );
  server.get<{ Params: { id: string } }>(
    "/api/v1/dead-letters/:id",
    {
      schema: {
        tags,
        summary: "One dead letter",
        params: { type: "object", properties: { id: text }, required: ["id"] },
        response: { 200: ref("DeadLetter"), 404: ref("Problem") },
      },
    },
    async ({ params: { id } }) => {
      const letter = await deadLetters.show(id);
      if (letter === undefined)
        throw new Problem(
          "DEAD_LETTER_NOT_FOUND",
          `No dead letter ${id}: it was redriven, discarded, or never here.`,
        );
      return letter;
    },
  );
  server.post<{ Body: Order }>(
    "/api/v1/dead-letters/preview",
    { schema: { tags, summary: "How many an act would reach", body: order, response: { 200: open } } },
    async ({ body }) => ({ count: await deadLetters.preview(filterOf(body)) }),
  );
  server.post<{ Body: Order }>(
    "/api/v1/dead-letters/redrive",
    {
      schema: {
        tags,
        summary: "Send them back to the queue that they died in; with `event`, one of them corrected",
        body: {
          ...order,
          properties: {
            ...order.properties,
            rate: { type: "number", exclusiveMinimum: 0, description: "Letters a second at most." },
            event: { description: "The corrected event: published as a new one, in the letter's place." },
          },
        },
        response: { 200: open, 404: ref("Problem"), 422: ref("Problem") },
      },
    },
    async (request) => {
      const { event, rate, reason } = request.body;
      const act = { actor: actorOf(request), ...(reason !== undefined && { reason }) };
      if (event === undefined) {
        const { count, event_ids, failed } = await deadLetters.redrive(filterOf(request.body), {
          ...act,
          ...(rate !== undefined && { rate }),
        });
        return { redriven: count, event_ids, failed };
      }
      const [id, ...others] = request.body.ids ?? [];
      if (id === undefined || others.length > 0)
        throw new Problem(
          "BAD_REQUEST",
          "A corrected event takes the place of one dead letter: name one id.",
        );
      const corrected = await deadLetters.edit(id, event, act);
      return { redriven: 1, event_id: corrected.event.event_id, routed: corrected.routed, failed: [] };
    },
  );
  server.post<{ Body: Order }>(
    "/api/v1/dead-letters/discard",
    {
      schema: {
        tags,
        summary: "Let them go for good; the reason is recorded",
        body: order,
        response: { 200: open },
      },
    },
    async (request) => {
      const { reason } = request.body;
      const { count, event_ids, failed } = await deadLetters.discard(filterOf(request.body), {
        actor: actorOf(request),
        ...(reason !== undefined && { reason }),
      });
      return { discarded: count, event_ids, failed };
    },
  );
  server.get<{
    Querystring: {
      readonly limit: number;
      readonly cursor?: string;
      readonly order: "newest" | "oldest";
    };
  }>(
    "/api/v1/quarantine",
    {
      schema: {
        tags,
        summary: "What admission turned away",
        querystring: {
          type: "object",
          properties: {
            limit,
            cursor: text,
            order: { type: "string", enum: ["newest", "oldest"], default: "newest" },
          },
          additionalProperties: false,
        },
        response: { 200: ref("Quarantine"), 400: ref("Problem"), 503: ref("Problem") },
      },
    },
    async ({ query }) => deadLetters.quarantined(query),
  );
}

export function filterOf({ ids, queue, event_type, type, code, group, all }: Choice): LetterFilter {
  const name = event_type ?? type;
  return {
    ...(ids && { ids }),
    ...(queue !== undefined && { queue }),
    ...(name !== undefined && { event_type: name }),
    ...(code !== undefined && { code }),
    ...(group !== undefined && { group }),
    ...(all !== undefined && { all }),
  };
}
