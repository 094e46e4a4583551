/** The filters of the history in a query string, the same for lists, counts and streams. */
import type { FindFilter } from "@33god/candystore";
import { Problem } from "./problem.js";

export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

const PAYLOAD = "payload.";

const filterProperties = {
  type: {
    type: "array",
    items: { type: "string" },
    description: "Event types or patterns with * and #; repeated, or with commas between.",
  },
  source: { type: "string", description: "source.app." },
  version: { type: "string" },
  valid: { type: "string", enum: ["true", "false"], description: "Whether the contract was kept." },
  text: {
    type: "string",
    description: 'Full text: all words must occur; "a phrase" and begin* are understood.',
  },
  since: { type: "string", description: "RFC 3339, inclusive, by the time of receipt." },
  until: { type: "string", description: "RFC 3339, exclusive." },
  correlation: { type: "string", description: "Events that name this event_id as a direct cause." },
  conversation: { type: "string", description: "Events of one conversation." },
} as const;

/** The schema of a query string; `payload.<path>=value` may be given for any path, and no other name. */
export const filterQuery = (more: Readonly<Record<string, object>> = {}) => ({
  type: "object",
  properties: { ...filterProperties, ...more },
  // Text, so that a path that stands there twice is refused: one of its values would say nothing.
  patternProperties: { "^payload\\.": { type: "string" } },
  additionalProperties: false,
});

export function filterOf(query: Query): FindFilter {
  const one = (name: string) => {
    const value = query[name];
    const text = typeof value === "string" ? value : value?.[0];
    return text === "" ? undefined : text;
  };
  const types = [query.type ?? []]
    .flat()
    .flatMap((part) => part.split(","))
    .map((part) => part.trim())
    .filter((part) => part !== "");
  const valid = one("valid");
  const payload = Object.entries(query).filter(([name]) => name.startsWith(PAYLOAD));
  const filter: Record<string, unknown> = {
    ...(types.length > 0 && { type: types }),
    ...(valid !== undefined && { valid: valid === "true" }),
    ...(payload.length > 0 && {
      payload: Object.fromEntries(payload.map(([name]) => [name.slice(PAYLOAD.length), one(name) ?? ""])),
    }),
  };
  for (const name of ["source", "version", "text", "since", "until", "correlation", "conversation"]) {
    const value = one(name);
    if (value !== undefined) filter[name] = value;
  }
  for (const name of ["since", "until"])
    if (typeof filter[name] === "string" && Number.isNaN(Date.parse(filter[name])))
      throw new Problem("BAD_REQUEST", `${name} is not a date and time: ${filter[name]}`, {
        violations: [
          { pointer: `/querystring/${name}`, keyword: "format", message: "must be an RFC 3339 date-time" },
        ],
      });
  return filter as FindFilter;
}
