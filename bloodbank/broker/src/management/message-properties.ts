/** A message's properties in the API's JSON, both ways. */
import { jsonTable, tableOf } from "../wire/plain.js";
import type { ContentProperties } from "../wire/properties.js";
import { badRequest } from "./answer.js";

const TEXTS = [
  ["content_type", "contentType"],
  ["content_encoding", "contentEncoding"],
  ["correlation_id", "correlationId"],
  ["reply_to", "replyTo"],
  ["expiration", "expiration"],
  ["message_id", "messageId"],
  ["type", "type"],
  ["user_id", "userId"],
  ["app_id", "appId"],
  ["cluster_id", "clusterId"],
] as const;

const NUMBERS = [
  ["delivery_mode", "deliveryMode", 255],
  ["priority", "priority", 255],
  ["timestamp", "timestamp", Number.MAX_SAFE_INTEGER],
] as const;

export function propertiesJson(properties: ContentProperties): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [json, name] of [...TEXTS, ...NUMBERS])
    if (properties[name] !== undefined) out[json] = properties[name];
  if (properties.headers !== undefined) out.headers = jsonTable(properties.headers);
  return out;
}

/** Throws 400 for a property of the wrong type. */
export function propertiesOf(json: unknown): ContentProperties {
  if (typeof json !== "object" || json === null) throw badRequest("properties must be an object");
  const given = json as Readonly<Record<string, unknown>>;
  const out: Record<string, unknown> = {};
  for (const [key, name] of TEXTS) {
    const value = given[key];
    if (value === undefined) continue;
    if (typeof value !== "string" || Buffer.byteLength(value) > 255)
      throw badRequest(`${key} must be a string of at most 255 bytes`);
    out[name] = value;
  }
  for (const [key, name, most] of NUMBERS) {
    // RabbitMQ's own page and tool send numbers as they were typed.
    const value = given[key];
    if (value === undefined) continue;
    const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
    if (typeof number !== "number" || !Number.isSafeInteger(number) || number < 0 || number > most)
      throw badRequest(`${key} must be a whole number of at most ${most}`);
    out[name] = number;
  }
  const { headers } = given;
  if (headers !== undefined && (typeof headers !== "object" || headers === null || Array.isArray(headers)))
    if (!(Array.isArray(headers) && headers.length === 0))
      // An empty list is how some languages encode an empty object.
      throw badRequest("headers must be an object");
  if (headers !== undefined && !Array.isArray(headers))
    out.headers = tableOf(headers as Record<string, unknown>);
  return out;
}
