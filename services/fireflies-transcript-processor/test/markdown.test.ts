import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDocument } from "yaml";
import { renderMarkdown, type Transcript } from "../src/index.js";
import { clockTime, length } from "../src/markdown/clock.js";
import { inline } from "../src/markdown/escape.js";

const sentence = (speaker: string | null, text: string, start: number, end = start + 2) => ({
  index: 0,
  speaker_name: speaker,
  speaker_id: 1,
  text,
  start_time: start,
  end_time: end,
});

const transcript: Transcript = {
  id: "01HXYZ7K3M",
  title: "Planung: *Übergabe* & [links]",
  date: "2026-02-03T10:00:00+01:00",
  duration: 65.4,
  transcript_url: "https://app.fireflies.ai/view/01HXYZ7K3M",
  sentences: [
    sentence("Zoë Brandão", "Good morning.", 0.4),
    sentence("Zoë Brandão", "Shall we start?", 3),
    sentence(null, "# yes", 6),
    sentence("Zoë Brandão", "First.", 3_700),
    sentence("Zoë Brandão", "After a silence.", 3_800),
  ],
  summary: {
    overview: "One.\nTwo.",
    action_items: ["Zoë: draft the <contract>"],
    keywords: ["planning", "a: b"],
  },
  participants: [{ name: "Zoë Brandão", email: "zoe@example.com" }, { name: "bo@example.com" }],
};

test("a transcript is a note with front matter, summary, action items and turns", () => {
  expect(renderMarkdown(transcript)).toBe(`---
title: "Planung: *Übergabe* & [links]"
date: "2026-02-03T10:00:00+01:00"
duration_minutes: 65.4
type: transcript
source: fireflies
transcript_id: "01HXYZ7K3M"
transcript_url: "https://app.fireflies.ai/view/01HXYZ7K3M"
participants: ["Zoë Brandão", "bo@example.com"]
speakers: ["Zoë Brandão", "Speaker 2"]
keywords: ["planning", "a: b"]
---

# Planung: \\*Übergabe\\* \\& \\[links\\]

2026-02-03 09:00 UTC · 1 h 05 min · <https://app.fireflies.ai/view/01HXYZ7K3M>

## Participants

- Zoë Brandão (zoe@example.com)
- bo@example.com

## Summary

One.

Two.

**Keywords:** planning, a: b

## Action items

- [ ] Zoë: draft the \\<contract\\>

## Transcript

**Zoë Brandão** · 0:00

Good morning. Shall we start?

**Speaker 2** · 0:06

\\# yes

**Zoë Brandão** · 1:01:40

First.

**Zoë Brandão** · 1:03:20

After a silence.
`);
});

test("one without anything is still a note", () => {
  const note = renderMarkdown({ ...transcript, title: " ", sentences: [], summary: null, participants: [] });
  expect(note).toContain("# Untitled meeting");
  expect(note).toContain("*Nobody spoke.*");
  expect(note).not.toContain("## Summary");
});

test("whatever the title and the names are, the front matter is YAML that gives them back", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }),
      fc.array(fc.string({ unit: "grapheme" })),
      (title, keywords) => {
        const note = renderMarkdown({ ...transcript, title, summary: { keywords } });
        const matter = parseDocument(note.slice(4, note.indexOf("\n---\n", 4)));
        expect(matter.errors).toEqual([]);
        expect(matter.toJS()).toMatchObject({ title, keywords });
      },
    ),
  );
});

describe("text becomes prose", () => {
  test.each([
    ["1. one", "1\\. one"],
    ["10) ten", "10\\) ten"],
    ["10 people", "10 people"],
    ["- dash", "\\- dash"],
    ["+ plus", "\\+ plus"],
    ["# hash", "\\# hash"],
    ["> quote", "\\> quote"],
    ["===", "\\==="],
    ["a\n\n# b", "a # b"],
    [
      "`code` ![x](y) <b> &amp; $1$ ~~s~~ a|b",
      "\\`code\\` !\\[x\\](y) \\<b\\> \\&amp; \\$1\\$ \\~\\~s\\~\\~ a\\|b",
    ],
    ["#planning is a tag", "\\#planning is a tag"],
  ])("%j", (text, escaped) => {
    expect(inline(text)).toBe(escaped);
  });
});

test("times are written as people write them", () => {
  expect([0, 7.9, 754, 3_723].map(clockTime)).toEqual(["0:00", "0:07", "12:34", "1:02:03"]);
  expect([0, 45.4, 60, 125].map(length)).toEqual(["0 min", "45 min", "1 h 00 min", "2 h 05 min"]);
});
