/** Tools that change nothing. */
import type { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import * as z from "zod";
import type {
  ContractAnswer,
  DeadLetter,
  DeadLetters,
  EventPage,
  LetterGroups,
  Trace,
} from "../api/answers.js";
import type { PlatformClient } from "../api/client.js";
import { filterQuery } from "../api/filters.js";
import type { Diagnosis } from "../doctor/contract.js";
import { examine } from "../doctor/examine.js";
import { CliError } from "../errors.js";
import { painter } from "../terminal/paint.js";
import { parseTime } from "../terminal/time.js";
import { drawTrace } from "../terminal/trace-tree.js";
import { answer } from "./answer.js";

const readOnly = { annotations: { readOnlyHint: true, openWorldHint: false } } as const;
const eventType = z.string().describe("as artifact.created");
const eventId = z.uuid();

const filter = {
  types: z
    .array(z.string())
    .optional()
    .describe("event types, or patterns with * (one word) and # (any number)"),
  since: z.string().optional().describe("RFC 3339, a date, or back from now: 15m, 2h, 7d"),
  until: z.string().optional(),
  source: z.string().optional().describe("the app that published"),
  text: z.string().optional().describe("full text"),
  invalid: z.boolean().optional().describe("only events that break their contract"),
  caused_by: z.string().optional().describe("events that name this event_id as a cause"),
  limit: z.number().int().min(1).max(200).default(20),
} as const;

export function addReadTools(server: McpServer, client: PlatformClient): void {
  server.registerTool(
    "list_contracts",
    {
      description: "Lists the event types that there are, each with what it means.",
      inputSchema: {
        matching: z.string().optional().describe("only those with this text in type, title or description"),
      },
      ...readOnly,
    },
    ({ matching = "" }) =>
      answer(async () => {
        const { contracts } = await client.json<{ readonly contracts: readonly ContractAnswer[] }>(
          "/schemas/catalog",
        );
        const wanted = matching.toLowerCase();
        return contracts
          .filter(({ event_type, title, description }) =>
            `${event_type} ${title} ${description}`.toLowerCase().includes(wanted),
          )
          .map(({ event_type, version, title, description, stability }) => ({
            event_type,
            version,
            title,
            description,
            stability,
          }));
      }),
  );
  server.registerTool(
    "get_contract",
    {
      description: "The contract of an event type: its JSON Schema and examples.",
      inputSchema: {
        event_type: eventType,
        version: z.string().optional().describe("v1, v2, …; the newest without it"),
      },
      ...readOnly,
    },
    ({ event_type, version }) =>
      answer(() =>
        client.json(
          `/schemas/${encodeURIComponent(event_type)}${version ? `/${encodeURIComponent(version)}` : ""}`,
        ),
      ),
  );
  server.registerTool(
    "validate_event",
    {
      description:
        "Checks a whole event against its contract, and lists every place where it breaks it. Publishes nothing.",
      inputSchema: { event: z.record(z.string(), z.unknown()) },
      ...readOnly,
    },
    ({ event }) => answer(() => client.json("/schemas/validate", { method: "POST", body: event })),
  );
  server.registerTool(
    "find_events",
    { description: "Finds recorded events, the newest first.", inputSchema: filter, ...readOnly },
    ({ types, limit, since, until, source, text, invalid, caused_by }) =>
      answer(() => {
        const query = filterQuery({
          ...(types && { type: types }),
          ...(since && { since: when("since", since) }),
          ...(until && { until: when("until", until) }),
          ...(source && { source }),
          ...(text && { text }),
          ...(invalid && { invalid }),
          ...(caused_by && { causedBy: caused_by }),
        });
        query.set("limit", String(limit));
        return client.json<EventPage>(`/api/v1/events?${query}`);
      }),
  );
  server.registerTool(
    "get_event",
    { description: "One recorded event, whole.", inputSchema: { event_id: eventId }, ...readOnly },
    ({ event_id }) => answer(() => client.json(`/api/v1/events/${event_id}`)),
  );
  server.registerTool(
    "trace_event",
    {
      description:
        "What caused an event, and what came of it: the whole causal graph, as a tree and as data.",
      inputSchema: { event_id: eventId },
      ...readOnly,
    },
    ({ event_id }) =>
      answer(async () => {
        const trace = await client.json<Trace>(`/api/v1/events/trace/${event_id}`);
        const plain = painter({ NO_COLOR: "1" }, false);
        return { tree: drawTrace(trace, { times: true, ids: true, paint: plain }), ...trace };
      }),
  );
  server.registerTool(
    "list_services",
    { description: "Who produces and who consumes what, and how each service does.", ...readOnly },
    () => answer(() => client.json("/api/v1/services")),
  );
  server.registerTool(
    "list_dead_letters",
    {
      description: "Messages that were given up: counted by cause, and the first of them.",
      inputSchema: { queue: z.string().optional(), limit: z.number().int().min(1).max(200).default(20) },
      ...readOnly,
    },
    ({ queue, limit }) =>
      answer(async () => {
        const query = new URLSearchParams({ limit: String(limit), ...(queue && { queue }) });
        const { dead_letters } = await client.json<DeadLetters>(`/api/v1/dead-letters?${query}`);
        const { groups, total, complete } = await client.json<LetterGroups>(
          `/api/v1/dead-letters/groups?${queue ? new URLSearchParams({ queue }) : ""}`,
        );
        return { groups, total, complete, dead_letters };
      }),
  );
  server.registerTool(
    "explain_dead_letter",
    {
      description:
        "Why a message was given up: reason, stack, the event, its contract's verdict, and what led to it.",
      inputSchema: { id: z.string().describe("as list_dead_letters tells it") },
      ...readOnly,
    },
    ({ id }) =>
      answer(async () => {
        const letter = await client.json<DeadLetter>(`/api/v1/dead-letters/${encodeURIComponent(id)}`);
        const verdict = await client.json("/schemas/validate", {
          method: "POST",
          body: letter.event ?? null,
        });
        const trace = letter.event_id
          ? await client.json<Trace>(`/api/v1/events/trace/${letter.event_id}`).catch(() => null)
          : null;
        return { letter, verdict, trace };
      }),
  );
  server.registerTool(
    "diagnose",
    { description: "Walks the troubleshooting guide, and says what is wrong and what to do.", ...readOnly },
    () =>
      answer(async () => {
        const { env } = process;
        const exchange = env.BLOODBANK_EXCHANGE?.trim() || "bloodbank.events.v1";
        const found: Diagnosis[] = [];
        for await (const diagnosis of examine({ client, env, exchange, interval: 1_000 }))
          found.push(diagnosis);
        return found;
      }),
  );
}

function when(name: string, written: string): string {
  const time = parseTime(written);
  if (time === undefined) throw new CliError("BAD_USAGE", `${name}: "${written}" is not a time`);
  return time;
}
