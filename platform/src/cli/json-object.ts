/** A JSON object that a user wrote, read as strictly as at every other door: UTF-8, no member twice, not too deep. */
import { CliError } from "./errors.js";

const OBJECT = 'an object is written as {"name":"value"}';

export async function jsonObject(text: string | Uint8Array, what: string): Promise<Record<string, unknown>> {
  const { decode } = await import("@33god/holyfields");
  const decoded = decode(Buffer.from(text), { strict: true });
  if ("malformed" in decoded)
    throw new CliError("BAD_DATA", decoded.malformed.message.replace(/^The body/, what), {
      hint: typeof text === "string" ? "in a shell, put single quotes around it" : `${OBJECT}, and in UTF-8`,
    });
  const { value } = decoded;
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new CliError(
      "BAD_DATA",
      `${what} must be a JSON object, and is ${JSON.stringify(value).slice(0, 60)}`,
      { hint: OBJECT },
    );
  return value as Record<string, unknown>;
}
