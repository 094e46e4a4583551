/**
 * From Fireflies' API to the contract `fireflies.transcript.ready`.
 *
 * | contract | API | how |
 * |---|---|---|
 * | `id`, `privacy` | the same | as it is |
 * | `title` | `title` | "Untitled meeting" where there is none |
 * | `date` | `date`, else `dateString` | epoch milliseconds to RFC 3339, UTC |
 * | `duration` | `duration` | minutes; where missing, the end of the last sentence |
 * | `transcript_url` | `transcript_url` | the page at app.fireflies.ai where missing |
 * | `audio_url`, `video_url`, `meeting_link` | the same | left out where they are not addresses |
 * | `host_email`, `organizer_email` | the same | left out where they are not e-mail addresses |
 * | `sentences[].index`, `start_time`, `end_time` | the same, also as strings | to numbers; position where missing |
 * | `sentences[].speaker_id` | the same, also as a string | number; else the speaker's place in `speakers` |
 * | `sentences[].text`, `raw_text` | the same | each stands in for the other |
 * | `sentences[].ai_filters` | the same | strings and nulls; a sentiment that is none of the three is left out |
 * | `summary` | `summary` | `overview`, else `short_summary`; action items: one an entry, "Name: what" |
 * | `participants` | `meeting_attendees`, `participants` | one an address; attendees name them; else the address |
 * | `speakers` | `speakers[].name` | names, each once |
 */
import type { ApiSentence, ApiSummary, ApiTranscript } from "./api-types.js";

interface ReadySentence {
  readonly index: number;
  readonly speaker_name: string | null;
  readonly speaker_id: number;
  readonly raw_text: string;
  readonly text: string;
  readonly start_time: number;
  readonly end_time: number;
  readonly ai_filters?: ReadyFilters;
}

type Sentiment = "positive" | "neutral" | "negative";

interface ReadyFilters {
  readonly sentiment?: Sentiment;
  readonly [name: string]: string | null | undefined;
}

interface ReadySummary {
  readonly overview: string | null;
  readonly action_items: readonly string[];
  readonly keywords: readonly string[];
}

/** The payload of `fireflies.transcript.ready`. */
export interface ReadyTranscript {
  readonly id: string;
  readonly title: string;
  readonly date: string;
  readonly duration: number;
  readonly transcript_url: string;
  readonly audio_url?: string;
  readonly video_url?: string;
  readonly sentences: readonly ReadySentence[];
  readonly summary: ReadySummary | null;
  readonly participants: readonly { readonly name: string; readonly email?: string }[];
  readonly speakers: readonly string[];
  readonly host_email?: string;
  readonly organizer_email?: string;
  readonly privacy?: string;
  readonly meeting_link?: string;
}

const SENTIMENTS: readonly string[] = ["positive", "neutral", "negative"];
const EMAIL = /^[^\s@<>,;"]+@[^\s@<>,;"]+\.[^\s@<>,;"]+$/;

/** Throws a RangeError for a transcript without a date that can be understood; all else has a stand-in. */
export function toReady(api: ApiTranscript): ReadyTranscript {
  const names = speakerNames(api);
  const sentences = (api.sentences ?? []).map((sentence, position) => toSentence(sentence, position, names));
  return {
    id: api.id,
    title: present(api.title) ?? "Untitled meeting",
    date: toDate(api),
    duration: Math.max(0, toNumber(api.duration) ?? (sentences.at(-1)?.end_time ?? 0) / 60),
    transcript_url:
      address(api.transcript_url) ?? `https://app.fireflies.ai/view/${encodeURIComponent(api.id)}`,
    sentences,
    summary: toSummary(api.summary),
    participants: toParticipants(api),
    speakers: names,
    ...optional("audio_url", address(api.audio_url)),
    ...optional("video_url", address(api.video_url)),
    ...optional("meeting_link", address(api.meeting_link)),
    ...optional("host_email", email(api.host_email)),
    ...optional("organizer_email", email(api.organizer_email)),
    ...optional("privacy", present(api.privacy)),
  };
}

function optional<K extends string>(name: K, value: string | undefined): { [Name in K]?: string } {
  return (value === undefined ? {} : { [name]: value }) as { [Name in K]?: string };
}

function present(value: string | null | undefined): string | undefined {
  const trimmed = value?.trim();
  return trimmed === "" ? undefined : trimmed;
}

function address(value: string | null | undefined): string | undefined {
  const given = present(value);
  return given !== undefined && URL.canParse(given) ? new URL(given).href : undefined;
}

function email(value: string | null | undefined): string | undefined {
  const given = present(value);
  return given !== undefined && EMAIL.test(given) ? given : undefined;
}

function toNumber(value: number | string | null | undefined): number | undefined {
  if (value === null || value === undefined || value === "") return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

function toDate({ id, date, dateString }: ApiTranscript): string {
  const epoch = toNumber(date);
  const time = epoch ?? Date.parse(String(date ?? dateString ?? ""));
  const moment = new Date(time);
  if (Number.isNaN(moment.getTime()) || moment.getUTCFullYear() > 9999)
    throw new RangeError(
      `transcript ${id} has no date that can be understood: ${JSON.stringify(date ?? null)}`,
    );
  return moment.toISOString();
}

function speakerNames(api: ApiTranscript): readonly string[] {
  const listed = (api.speakers ?? []).map(({ name }) => present(name));
  const heard = (api.sentences ?? []).map(({ speaker_name }) => present(speaker_name));
  return [...new Set([...listed, ...heard].filter((name) => name !== undefined))];
}

function toSentence(sentence: ApiSentence, position: number, names: readonly string[]): ReadySentence {
  const name = present(sentence.speaker_name) ?? null;
  const speaker = toNumber(sentence.speaker_id);
  const start = toNumber(sentence.start_time) ?? 0;
  const text = sentence.text ?? sentence.raw_text ?? "";
  const filters = toFilters(sentence.ai_filters);
  return {
    index: Math.trunc(toNumber(sentence.index) ?? position),
    speaker_name: name,
    speaker_id: speaker !== undefined ? Math.trunc(speaker) : name === null ? -1 : names.indexOf(name),
    raw_text: sentence.raw_text ?? text,
    text,
    start_time: start,
    end_time: toNumber(sentence.end_time) ?? start,
    ...(filters && { ai_filters: filters }),
  };
}

function toFilters(filters: ApiSentence["ai_filters"]): ReadyFilters | undefined {
  if (filters === null || filters === undefined) return undefined;
  const kept: Record<string, string | null> = {};
  for (const [name, value] of Object.entries(filters)) {
    if (name === "sentiment") {
      const sentiment = String(value).toLowerCase();
      if (SENTIMENTS.includes(sentiment)) kept[name] = sentiment;
    } else if (value === null || value === undefined || value === false) kept[name] = null;
    else kept[name] = typeof value === "string" ? value : JSON.stringify(value);
  }
  // The loop above lets only the three sentiments in.
  return kept as ReadyFilters;
}

function toSummary(summary: ApiSummary | null | undefined): ReadySummary | null {
  if (summary === null || summary === undefined) return null;
  const overview = present(summary.overview) ?? present(summary.short_summary) ?? null;
  const items = actionItems(summary.action_items);
  const keywords = (summary.keywords ?? []).map(present).filter((word) => word !== undefined);
  // While Fireflies still writes the summary, it gives an object full of nulls.
  if (overview === null && items.length === 0 && keywords.length === 0) return null;
  return { overview, action_items: items, keywords };
}

/** "**Ana**\nWrite it up (04:12)\n\n**Bo**\n…" is read as "Ana: Write it up (04:12)", …; a list is taken as it is. */
export function actionItems(items: ApiSummary["action_items"]): readonly string[] {
  if (items === null || items === undefined) return [];
  const lines = typeof items === "string" ? items.split(/\r?\n/) : items;
  const found: string[] = [];
  let owner: string | undefined;
  for (const line of lines) {
    const heading = /^\s*\*\*(.+?)\*\*:?\s*$/.exec(line)?.[1];
    const item = present(line.replace(/^\s*[-*•]\s+/, ""));
    if (heading !== undefined) owner = /^unassigned$/i.test(heading.trim()) ? undefined : heading.trim();
    else if (item !== undefined) found.push(owner === undefined ? item : `${owner}: ${item}`);
  }
  return found;
}

function toParticipants(api: ApiTranscript): ReadyTranscript["participants"] {
  const found = new Map<string, { name: string; email?: string }>();
  const add = (name: string | undefined, mail: string | undefined) => {
    const valid = email(mail);
    const shown = name ?? valid ?? present(mail);
    if (shown === undefined) return;
    const key = (valid ?? shown).toLowerCase();
    if (!found.has(key)) found.set(key, { name: shown, ...(valid !== undefined && { email: valid }) });
  };
  for (const { displayName, name, email: mail } of api.meeting_attendees ?? [])
    add(present(displayName) ?? present(name), mail ?? undefined);
  for (const entry of api.participants ?? [])
    for (const mail of (entry ?? "").split(",")) add(undefined, mail);
  return [...found.values()];
}
