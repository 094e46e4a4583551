/**
 * What a request may carry, and how it is read: JSON as a value, NDJSON as lines, both with their bytes kept.
 *
 * Only content types that a browser does not send across origins without asking first are read (Fetch standard,
 * "CORS-safelisted request-header"): a foreign page cannot publish through somebody's browser.
 */
import { decode } from "@33god/holyfields";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { Problem } from "./problem.js";

const JSON_TYPES = /^application\/([\w.-]+\+)?json(;|$)/;

export const BODY_LIMIT = 16 * 1024 * 1024;

declare module "fastify" {
  interface FastifyRequest {
    /** The body's bytes as they came. */
    rawBody: Buffer | undefined;
  }
}

/** The lines of an NDJSON body, each one document. */
export class Lines {
  readonly documents: readonly unknown[];

  constructor(documents: readonly unknown[]) {
    this.documents = documents;
  }
}

export function readBodies(server: FastifyInstance): void {
  server.decorateRequest("rawBody", undefined);
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    JSON_TYPES,
    { parseAs: "buffer" },
    async (request: FastifyRequest, body: Buffer) => {
      request.rawBody = body;
      // An act that needs nothing said: POST …/pause.
      return body.length === 0 ? undefined : parseJson(body);
    },
  );
  server.addContentTypeParser(
    /^application\/(x-ndjson|ndjson|jsonl)(;|$)/,
    { parseAs: "buffer" },
    async (request: FastifyRequest, body: Buffer) => {
      request.rawBody = body;
      return parseLines(body);
    },
  );
  server.addContentTypeParser("*", async ({ headers }: FastifyRequest) => {
    throw new Problem(
      "UNSUPPORTED_MEDIA_TYPE",
      `The content type ${JSON.stringify(headers["content-type"] ?? "")} is not read here.`,
    );
  });
}

/** Bytes alone, for webhooks: their signature is over the bytes, and is looked at first. */
export function readBytes(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  for (const type of [JSON_TYPES, "application/x-www-form-urlencoded"])
    server.addContentTypeParser(
      type,
      { parseAs: "buffer" },
      async (request: FastifyRequest, body: Buffer) => {
        request.rawBody = body;
        return undefined;
      },
    );
}

/** Strictly: what JSON parsers read differently is refused at this door. */
function parseJson(body: Uint8Array): unknown {
  const decoded = decode(body, { strict: true });
  if ("value" in decoded) return decoded.value;
  throw new Problem("MALFORMED_JSON", decoded.malformed.message, { violations: [decoded.malformed] });
}

function parseLines(body: Buffer): Lines {
  const documents: unknown[] = [];
  let number = 0;
  for (let start = 0; start < body.length; ) {
    const end = body.indexOf(0x0a, start);
    const line = body.subarray(start, end < 0 ? body.length : end);
    start += line.length + 1;
    number++;
    if (line.some((byte) => byte > 0x20)) documents.push(parseLine(line, number));
  }
  return new Lines(documents);
}

function parseLine(line: Uint8Array, number: number): unknown {
  try {
    return parseJson(line);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new Problem(error.code, `Line ${number}: ${error.message}`, { ...error.extras, line: number });
  }
}
