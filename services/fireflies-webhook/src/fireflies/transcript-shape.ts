/** Whether a document has the shape of the API's transcript, as far as the mapping depends on it. */

export interface ShapeViolation {
  /** JSON Pointer (RFC 6901) into the document. */
  readonly pointer: string;
  readonly message: string;
}

type Check = (value: unknown, pointer: string, found: ShapeViolation[]) => void;

const kindOf = (value: unknown) =>
  value === null ? "null" : Array.isArray(value) ? "a list" : `a ${typeof value}`;

const a =
  (what: string, holds: (value: unknown) => boolean): Check =>
  (value, pointer, found) => {
    if (value !== undefined && value !== null && !holds(value))
      found.push({ pointer, message: `must be ${what}, and is ${kindOf(value)}` });
  };

const string = a("a string", (value) => typeof value === "string");
const bool = a("true or false", (value) => typeof value === "boolean");
const number = a(
  "a number",
  (value) =>
    (typeof value === "number" || typeof value === "string") &&
    (value === "" || Number.isFinite(Number(value))),
);
const id = a("a number or a string", (value) => typeof value === "number" || typeof value === "string");
const object = a("an object", (value) => typeof value === "object" && !Array.isArray(value));
const date = a(
  "milliseconds since the epoch, or an ISO 8601 date",
  (value) =>
    !Number.isNaN(new Date(typeof value === "string" && /\D/.test(value) ? value : Number(value)).getTime()),
);

const list =
  (each: Check): Check =>
  (value, pointer, found) => {
    if (Array.isArray(value))
      for (const [index, item] of value.entries()) each(item, `${pointer}/${index}`, found);
    else if (value !== undefined && value !== null)
      found.push({ pointer, message: `must be a list, and is ${kindOf(value)}` });
  };

const members =
  (checks: Readonly<Record<string, Check>>, needsObject = false): Check =>
  (value, pointer, found) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      if (needsObject || (value !== undefined && value !== null))
        found.push({ pointer, message: `must be an object, and is ${kindOf(value)}` });
      return;
    }
    for (const [name, check] of Object.entries(checks))
      check((value as Record<string, unknown>)[name], `${pointer}/${name}`, found);
  };

const listOrText: Check = (value, pointer, found) => {
  if (typeof value !== "string") list(string)(value, pointer, found);
};

const transcript = members(
  {
    title: string,
    dateString: date,
    date,
    duration: number,
    transcript_url: string,
    audio_url: string,
    video_url: string,
    meeting_link: string,
    privacy: string,
    host_email: string,
    organizer_email: string,
    participants: list(string),
    speakers: list(members({ id, name: string }, true)),
    meeting_attendees: list(members({ displayName: string, name: string, email: string }, true)),
    meeting_info: members({ silent_meeting: bool, summary_status: string }),
    summary: members({
      overview: string,
      short_summary: string,
      action_items: listOrText,
      keywords: list(string),
    }),
    sentences: list(
      members(
        {
          index: number,
          speaker_name: string,
          speaker_id: id,
          text: string,
          raw_text: string,
          start_time: number,
          end_time: number,
          ai_filters: object,
        },
        true,
      ),
    ),
  },
  true,
);

/** Every place where it has not; empty for a document that `toReady` can map. */
export function shapeViolations(document: object): readonly ShapeViolation[] {
  const found: ShapeViolation[] = [];
  const { id: given, date: day, dateString } = document as Readonly<Record<string, unknown>>;
  if (typeof given !== "string" || given.trim() === "")
    found.push({ pointer: "/id", message: "must be the transcript's id, a string that is not empty" });
  if ((day ?? dateString ?? null) === null)
    found.push({ pointer: "/date", message: "must be there: milliseconds since the epoch" });
  transcript(document, "", found);
  return found;
}
