/** The envelope of an event that a person or an agent publishes. */
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { EventEnvelope, Source } from "@33god/holyfields";
import { CliError } from "../errors.js";
import type { ContractAnswer } from "./answers.js";
import type { PlatformClient } from "./client.js";

export interface EnvelopeParts {
  readonly eventId: string | undefined;
  readonly causes: readonly string[];
  readonly app: string;
  readonly sourceType?: Source["type"];
  /** The newest one without it. */
  readonly version: string | undefined;
  readonly agentContext: Readonly<Record<string, unknown>> | null;
}

/** Whole, and not checked: the platform does that. */
export async function envelope(
  client: PlatformClient,
  eventType: string,
  payload: Record<string, unknown>,
  parts: EnvelopeParts,
): Promise<EventEnvelope> {
  return {
    event_id: parts.eventId ?? uuidv7(),
    event_type: eventType,
    timestamp: new Date().toISOString(),
    version: parts.version ?? (await newestVersion(client, eventType)),
    source: { host: hostname(), type: parts.sourceType ?? "manual", app: parts.app },
    correlation_ids: [...parts.causes],
    agent_context: parts.agentContext,
    payload,
  };
}

/** A type that nobody knows gets a version all the same: the platform names the nearest types when it refuses. */
async function newestVersion(client: PlatformClient, eventType: string): Promise<string> {
  try {
    const { version } = await client.json<ContractAnswer>(`/schemas/${encodeURIComponent(eventType)}`);
    return version;
  } catch (error) {
    if (error instanceof CliError && error.code === "NOT_FOUND") return "v1";
    throw error;
  }
}

/** RFC 9562 §5.7: 48 bits of milliseconds, then what is random. */
export function uuidv7(now: number = Date.now()): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
