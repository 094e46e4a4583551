/** A transcript as a note that a person likes to read: what it was, what came of it, and who said what when. */
import { type Sentence, speakerOf, type Transcript } from "../transcript.js";
import { clockTime, length } from "./clock.js";
import { autolink, inline, yamlText } from "./escape.js";

/** The same transcript always gives the same bytes. */
export function renderMarkdown(transcript: Transcript): string {
  const parts = [
    frontMatter(transcript),
    `# ${inline(transcript.title) || "Untitled meeting"}`,
    headline(transcript),
    ...section("Participants", bullets(people(transcript))),
    ...section("Summary", overview(transcript)),
    ...section("Action items", bullets((transcript.summary?.action_items ?? []).map(inline), "- [ ] ")),
    ...section("Transcript", turns(transcript.sentences).map(renderTurn).join("\n\n") || "*Nobody spoke.*"),
  ];
  return `${parts.join("\n\n")}\n`;
}

function frontMatter(transcript: Transcript): string {
  const { id, title, date, duration, transcript_url, summary, speakers } = transcript;
  const list = (items: readonly string[]) => `[${items.map(yamlText).join(", ")}]`;
  return [
    "---",
    `title: ${yamlText(title)}`,
    `date: ${yamlText(date)}`,
    `duration_minutes: ${Math.round(duration * 100) / 100}`,
    "type: transcript",
    "source: fireflies",
    `transcript_id: ${yamlText(id)}`,
    `transcript_url: ${yamlText(transcript_url)}`,
    `participants: ${list((transcript.participants ?? []).map(({ name }) => name))}`,
    `speakers: ${list(speakers ?? [...new Set(transcript.sentences.map(speakerOf))])}`,
    `keywords: ${list(summary?.keywords ?? [])}`,
    "---",
  ].join("\n");
}

function headline({ date, duration, transcript_url, audio_url, video_url }: Transcript): string {
  const day = new Date(date).toISOString();
  const facts = [`${day.slice(0, 10)} ${day.slice(11, 16)} UTC`, length(duration), autolink(transcript_url)];
  if (audio_url) facts.push(`audio ${autolink(audio_url)}`);
  if (video_url) facts.push(`video ${autolink(video_url)}`);
  return facts.join(" · ");
}

function people({ participants = [] }: Transcript): readonly string[] {
  return participants.map(({ name, email }) =>
    email === undefined || email === name ? inline(name) : `${inline(name)} (${inline(email)})`,
  );
}

function overview({ summary }: Transcript): string {
  const paragraphs = (summary?.overview ?? "")
    .split(/\n+/)
    .map(inline)
    .filter((paragraph) => paragraph !== "");
  const keywords = (summary?.keywords ?? []).map(inline).join(", ");
  return [...paragraphs, ...(keywords === "" ? [] : [`**Keywords:** ${keywords}`])].join("\n\n");
}

function bullets(items: readonly string[], mark = "- "): string {
  return items.map((item) => `${mark}${item}`).join("\n");
}

function section(title: string, body: string): readonly string[] {
  return body === "" ? [] : [`## ${title}`, body];
}

interface Turn {
  readonly speaker: string;
  readonly start: number;
  readonly texts: string[];
}

/** A turn ends when someone else speaks, or after a silence of so many seconds. */
const SILENCE = 30;

function turns(sentences: readonly Sentence[]): readonly Turn[] {
  const found: Turn[] = [];
  let end = 0;
  for (const sentence of sentences) {
    const speaker = speakerOf(sentence);
    const last = found.at(-1);
    if (last?.speaker === speaker && sentence.start_time - end < SILENCE) last.texts.push(sentence.text);
    else found.push({ speaker, start: sentence.start_time, texts: [sentence.text] });
    end = sentence.end_time;
  }
  return found;
}

function renderTurn({ speaker, start, texts }: Turn): string {
  return `**${inline(speaker)}** · ${clockTime(start)}\n\n${inline(texts.join(" "))}`;
}
