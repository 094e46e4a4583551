/**
 * `GET /api/v1/events/stream`: events as they are stored, by Server-Sent Events or a WebSocket. Whoever names the last
 * position that it saw (`Last-Event-ID`, or `after`) gets everything since, once and in order.
 */

import type { ServerResponse } from "node:http";
import { checkFilter, type EventJson } from "@33god/candystore";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ApiContext } from "../context.js";
import { filterOf, filterQuery, type Query } from "../filter.js";
import { Problem } from "../problem.js";

/** Proxies and the page take silence for a lost connection. */
const HEARTBEAT = 10_000;

const LINE_BREAK = /[\r\n]/g;

interface StreamQuery extends Query {
  readonly after?: string;
}

export function streamRoutes(server: FastifyInstance, context: ApiContext): void {
  server.route<{ Querystring: StreamQuery }>({
    method: "GET",
    url: "/api/v1/events/stream",
    schema: {
      tags: ["history"],
      summary: "Follow events live",
      description:
        "text/event-stream, or a WebSocket when asked to upgrade. Each message is a StoredEvent; its id is the position.",
      produces: ["text/event-stream"],
      querystring: filterQuery({
        after: { type: "string", description: "A position; 0 is everything." },
      }),
      headers: { type: "object", properties: { "last-event-id": { type: "string" } } },
      response: { 200: { type: "string" } },
    },
    handler: async (request, reply) => {
      const steps = follow(context, request);
      reply.hijack();
      const { raw } = reply;
      raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-cache, no-transform",
        "x-accel-buffering": "no",
      });
      raw.write(": following\n\n");
      const beat = setInterval(() => raw.write(": \n\n"), HEARTBEAT);
      const stop = () => steps.abort.abort();
      raw.on("close", stop);
      try {
        for await (const events of steps.events) await write(raw, events.map(message).join(""));
      } catch (error) {
        if (!steps.abort.signal.aborted)
          context.log("warn", `a stream ended: ${error instanceof Error ? error.message : String(error)}`);
      } finally {
        clearInterval(beat);
        raw.end();
      }
    },
    wsHandler: async (socket, request) => {
      const steps = follow(context, request as FastifyRequest<{ Querystring: StreamQuery }>);
      const beat = setInterval(() => socket.ping(), HEARTBEAT);
      socket.on("close", () => steps.abort.abort());
      socket.on("error", () => steps.abort.abort());
      try {
        for await (const events of steps.events)
          for (const event of events)
            await new Promise<void>((resolve, reject) =>
              socket.send(event.json, (error?: Error) => (error ? reject(error) : resolve())),
            );
      } catch {
        // The other side is gone, or the platform stops.
      } finally {
        clearInterval(beat);
        socket.close(1001);
      }
    },
  });
}

function follow(context: ApiContext, request: FastifyRequest<{ Querystring: StreamQuery }>) {
  const abort = new AbortController();
  const after = request.headers["last-event-id"] ?? request.query.after;
  const position = after === undefined ? undefined : Number(after);
  if (position !== undefined && !(Number.isSafeInteger(position) && position >= 0))
    throw new Problem("BAD_REQUEST", `${String(after)} is not a position to go on from.`);
  const filter = filterOf(request.query);
  // Before the answer begins: after that nobody is told.
  checkFilter(filter);
  const events = context.store.events.followJson({
    filter,
    ...(position !== undefined && { after: position }),
    signal: AbortSignal.any([abort.signal, context.stopping]),
  });
  return { abort, events };
}

/** Waits for a reader that is slow, so that it holds up nobody but itself. */
function write(raw: ServerResponse, text: string): Promise<void> {
  if (raw.destroyed || raw.write(text)) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      raw.off("drain", done);
      raw.off("close", done);
      resolve();
    };
    raw.on("drain", done);
    raw.on("close", done);
  });
}

/** In JSON a line break is a space between two parts; here it would end the data. */
const message = ({ position, json }: EventJson): string =>
  `id: ${position}\ndata: ${json.replaceAll(LINE_BREAK, " ")}\n\n`;
