import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";

/** An empty folder that goes away with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "holyfields-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files below a folder; a value that is neither text nor bytes is written as JSON. */
export function write(folder: string, files: Readonly<Record<string, unknown>>): string {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(
      file,
      typeof content === "string" || content instanceof Uint8Array
        ? content
        : JSON.stringify(content, null, 2),
    );
  }
  return folder;
}

/** A small contract that is sound, with changes. */
export function contract(
  eventType = "shop.order.placed",
  changes: Record<string, unknown> = {},
  payload: Record<string, unknown> = {},
  version = "v1",
): Record<string, unknown> {
  const dot = eventType.indexOf(".");
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: `https://33god.dev/schemas/${eventType.slice(0, dot)}/${eventType.slice(dot + 1)}.${version}.schema.json`,
    title: eventType
      .split(/[._]/)
      .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
      .join(""),
    description: "Something happened.",
    "x-owner": "shop",
    "x-stability": "stable",
    allOf: [{ $ref: "../core/event-envelope.v1.schema.json" }],
    type: "object",
    required: ["event_type", "version", "payload"],
    properties: {
      event_type: { const: eventType },
      version: { const: version },
      payload: {
        type: "object",
        description: "What happened.",
        required: ["id"],
        properties: { id: { type: "string", description: "Which one.", minLength: 1 } },
        ...payload,
      },
    },
    examples: [event(eventType, { id: "a" }, version), event(eventType, { id: "b" }, version)],
    ...changes,
  };
}

export const event = (eventType: string, payload: unknown, version = "v1") => ({
  event_id: "0190f5c4-7b1e-7c3a-8f00-000000000001",
  event_type: eventType,
  timestamp: "2026-01-31T09:00:00.000Z",
  version,
  source: { host: "test", type: "system", app: "test" },
  payload,
});
