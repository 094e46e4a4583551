import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { catalog } from "../../service-kit/test/support/catalog.js";
import { actionItems, toReady } from "../src/fireflies/mapping.js";
import { meeting } from "./meeting.js";

const least = { id: "m1", date: 1770109200000 };

function verdict(payload: object) {
  return catalog.validate({
    event_id: randomUUID(),
    event_type: "fireflies.transcript.ready",
    timestamp: new Date().toISOString(),
    version: "v1",
    source: { host: "h", type: "webhook", app: "a" },
    payload,
  });
}

describe("a transcript of the API becomes one of the contract", () => {
  test("the whole example meeting keeps the contract", () => {
    const ready = toReady(meeting);
    expect(verdict(ready)).toMatchObject({ valid: true });
    expect(ready.sentences.length).toBeGreaterThanOrEqual(500);
    expect(ready.speakers).toContain("李小龙");
    expect(ready.date).toBe("2026-02-03T09:00:00.000Z");
    expect(ready.participants).toContainEqual({ name: "Jürgen Weiß", email: "juergen.weiss@example.com" });
    expect(ready.participants).toContainEqual({ name: "guest@example.org", email: "guest@example.org" });
    expect(ready.participants).toHaveLength(6);
    expect(ready.summary?.action_items[0]).toMatch(/^Zoë Brandão: I .* \(\d\d:\d\d\)$/);
  });

  test("one that has hardly anything keeps it as well", () => {
    const ready = toReady(least);
    expect(verdict(ready)).toMatchObject({ valid: true });
    expect(ready).toMatchObject({
      title: "Untitled meeting",
      duration: 0,
      transcript_url: "https://app.fireflies.ai/view/m1",
      summary: null,
      sentences: [],
    });
  });

  test.each([
    [{ date: 1770109200000 }, "2026-02-03T09:00:00.000Z"],
    [{ date: "1770109200000" }, "2026-02-03T09:00:00.000Z"],
    [{ date: "2026-02-03T10:00:00+01:00" }, "2026-02-03T09:00:00.000Z"],
    [{ date: null, dateString: "2026-02-03T09:00:00.000Z" }, "2026-02-03T09:00:00.000Z"],
    [{ date: 0 }, "1970-01-01T00:00:00.000Z"],
  ])("the date %j is %s", (given, date) => {
    expect(toReady({ id: "m1", ...given }).date).toBe(date);
  });

  test.each([undefined, null, "yesterday", Number.MAX_VALUE])("a date of %j is refused", (date) => {
    expect(() => toReady({ id: "m1", date: date ?? null })).toThrow(RangeError);
  });

  test("numbers that come as strings become numbers, and missing ones get a stand-in", () => {
    const { sentences, duration } = toReady({
      ...least,
      speakers: [{ id: 0, name: "Ana" }],
      sentences: [
        { index: "3", speaker_id: "7", start_time: "1.5", end_time: "61.25", text: "a" },
        { speaker_name: "Ana", raw_text: "b" },
        { text: "c", speaker_name: " " },
      ],
    });
    expect(sentences[0]).toMatchObject({ index: 3, speaker_id: 7, start_time: 1.5, end_time: 61.25 });
    expect(sentences[1]).toMatchObject({ index: 1, speaker_id: 0, text: "b", raw_text: "b", end_time: 0 });
    expect(sentences[2]).toMatchObject({ speaker_id: -1, speaker_name: null, raw_text: "c" });
    expect(duration).toBe(0);
  });

  test("a sentiment that is none of the three is left out, and other filters become text", () => {
    const [sentence] = toReady({
      ...least,
      sentences: [{ text: "a", ai_filters: { sentiment: "ecstatic", task: true, metric: null, pricing: 3 } }],
    }).sentences;
    expect(sentence?.ai_filters).toEqual({ task: "true", metric: null, pricing: "3" });
  });

  test("what is no address and no e-mail address is left out", () => {
    const ready = toReady({
      ...least,
      audio_url: "nothing",
      video_url: "https://cdn.example.com/a b.mp4",
      host_email: "ana",
      organizer_email: "ana@example.com",
      participants: ["a@example.com,b@example.com", "Zoë", "", null],
    });
    expect(verdict(ready)).toMatchObject({ valid: true });
    expect(ready).not.toHaveProperty("audio_url");
    expect(ready).not.toHaveProperty("host_email");
    expect(ready.video_url).toBe("https://cdn.example.com/a%20b.mp4");
    expect(ready.participants.map(({ name }) => name)).toEqual(["a@example.com", "b@example.com", "Zoë"]);
  });

  test("a summary that is still being written is none", () => {
    expect(
      toReady({ ...least, summary: { overview: null, keywords: [], action_items: null } }).summary,
    ).toBeNull();
  });
});

test("action items are read from Markdown with names, and from lists", () => {
  expect(actionItems("**Ana**\nWrite it up (04:12)\n- Call Bo\n\n**Unassigned**\nClean up")).toEqual([
    "Ana: Write it up (04:12)",
    "Ana: Call Bo",
    "Clean up",
  ]);
  expect(actionItems(["one", " "])).toEqual(["one"]);
  expect(actionItems(null)).toEqual([]);
});
