// Writes meeting.json: a whole transcript as Fireflies' GraphQL API returns it, of a planning meeting that never was.
// Deterministic: the same file each time. Run `node examples/fireflies/make-meeting.mjs` after a change here.
import { writeFileSync } from "node:fs";

const people = [
  { name: "Zoë Brandão", email: "zoe.brandao@example.com", location: "Lisboa" },
  { name: "Jürgen Weiß", email: "juergen.weiss@example.com", location: "Köln" },
  { name: "Søren Ångström", email: "soren.angstrom@example.com", location: "Malmö" },
  { name: "李小龙", email: "xiaolong.li@example.com", location: "上海" },
  { name: "Nguyễn Thị Hồng", email: "hong.nguyen@example.com", location: "Đà Nẵng" },
];

/** mulberry32: small, and the same on every machine. */
let state = 0x33_60_d1;
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const pick = (list) => list[Math.floor(random() * list.length)];

const subjects = [
  ["the retry ladder", "five delays are enough for an outage of ten minutes", "delays", "ten minutes"],
  ["the recorder", "a batch is committed before it is acknowledged", "batches", "a thousand rows"],
  [
    "the dashboard",
    "the live stream must stay readable at two hundred events a second",
    "readability",
    "200 events",
  ],
  [
    "the contract for artifacts",
    "the checksum belongs in the event and not in a header",
    "checksums",
    "64 characters",
  ],
  [
    "the migration to quorum queues",
    "one queue at a time, with the old one still bound",
    "migration",
    "three nodes",
  ],
  ["the Python package", "people there expect the same names as in the old one", "naming", "version 3.11"],
  ["the audit trail", "every operator's act needs a name and a reason", "audits", "two years"],
  ["the backup", "a restore that nobody tried is not a backup", "restores", "40 gigabytes"],
  ["the on-call handover", "the runbook has to fit on one page", "handover", "Monday 9:00"],
  ["the cost of storage", "the full text index is half of it", "cost", "€ 120 a month"],
  ["the customer in Malmö", "they want to see their own events and nobody else's", "tenancy", "30 services"],
  ["the release", "we ship when the newcomer script ends well, not before", "release", "the 14th"],
];

const openings = [
  (s) => [`Let's talk about ${s[0]}.`, `so um let's talk about ${s[0]}`],
  (s) => [`Next on the list is ${s[0]}.`, `next on the list is uh ${s[0]}`],
  (s) => [`I would like to go through ${s[0]} once more.`, `i would like to go through ${s[0]} once more`],
];
const claims = [
  (s) => `As I see it, ${s[1]}.`,
  (s) => `We agreed in spring that ${s[1]}.`,
  (s) => `The short version: ${s[1]}.`,
  (s) => `I measured it last night, and it came to ${s[3]}.`,
  (s) => `Without that, ${s[2]} will be the first thing people complain about.`,
  (s) => `There is a draft in the repository, about ${s[3]}, *not* reviewed yet.`,
  (s) => `In my notes it says "${s[2]} first, everything else [later]".`,
];
const replies = [
  () => "That matches what I saw.",
  () => "I am not convinced yet, to be honest.",
  () => "Genau, das sehe ich auch so.",
  () => "Sim, faz sentido.",
  () => "我同意,但是我们需要先测试一下。",
  () => "Đúng rồi, tôi cũng nghĩ vậy.",
  () => "Det låter rimligt.",
  () => "Good, then nobody is surprised later.",
  (s) => `What happens to ${s[2]} when the broker restarts?`,
  (s) => `Who looks after ${s[0]} while you are away?`,
  (s) => `Could we test ${s[0]} with a real peer instead of a mock?`,
  (s) => `I remember ${s[3]}, but that was before the change.`,
  () => "One moment, my microphone was off. 🙈",
  () => "Can you share the screen? I only see <blank>.",
  (s) => `For ${s[0]} I'd rather have a slow answer than a wrong one.`,
  () => "The test for it is red since Tuesday, and it is right to be.",
  () => "Let me write that down: `ack` only after the commit.",
];
const tasks = [
  (s) => `I will write the test for ${s[0]} by Thursday.`,
  (s) => `I'll send a proposal for ${s[2]} to the list tomorrow.`,
  (s) => `I take ${s[0]} and report on Monday.`,
];
const closings = ["Fine, that is decided.", "Let's leave it at that.", "Thank you, that was clear."];

const sentences = [];
const actionItems = new Map(people.map(({ name }) => [name, []]));
let clock = 4.2;

function say(speaker, text, { raw = text, kind, subject } = {}) {
  const start = clock;
  const end = start + 0.9 + text.length * 0.055 + random() * 0.8;
  clock = end + 0.15 + random() * 1.1;
  const question = text.endsWith("?");
  const figure = subject && text.includes(subject[3]) ? subject[3] : null;
  sentences.push({
    index: sentences.length,
    speaker_name: speaker === null ? null : people[speaker].name,
    speaker_id: speaker ?? people.length,
    text,
    raw_text: raw
      .replace(/[.,:!"*`[\]]/g, "")
      .replace(/\s+/g, " ")
      .trim(),
    start_time: Number(start.toFixed(2)),
    end_time: Number(end.toFixed(2)),
    ai_filters: {
      task: kind === "task" ? text : null,
      pricing: figure?.startsWith("€") ? figure : null,
      metric: figure && /\d/.test(figure) ? figure : null,
      question: question ? text : null,
      date_and_time: /Thursday|Monday|tomorrow|Tuesday|the 14th/.exec(text)?.[0] ?? null,
      text_cleanup: text,
      sentiment: /not convinced|complain|red since/.test(text)
        ? "negative"
        : /Good|Thank|agree|sentido|rimligt/.test(text)
          ? "positive"
          : "neutral",
    },
  });
}

const stamp = () =>
  `${String(Math.floor(clock / 60)).padStart(2, "0")}:${String(Math.floor(clock % 60)).padStart(2, "0")}`;

say(0, "Good morning, everyone, and bom dia.", { raw: "um good morning everyone and bom dia" });
say(1, "Guten Morgen.");
say(2, "Hej, hej.");
say(3, "早上好。");
say(4, "Chào buổi sáng!");
say(null, "Sorry, I am dialling in by phone.", { raw: "sorry i am uh dialling in by phone" });
for (let round = 0; sentences.length < 548; round += 1) {
  const subject = subjects[round % subjects.length];
  const lead = round % people.length;
  const [text, raw] = pick(openings)(subject);
  say(lead, text, { raw, subject });
  say(lead, pick(claims)(subject), { subject });
  let last = lead;
  for (let turn = 4 + Math.floor(random() * 5); turn > 0; turn -= 1) {
    let speaker = Math.floor(random() * people.length);
    if (speaker === last) speaker = (speaker + 1) % people.length;
    last = speaker;
    say(speaker, pick(replies)(subject), { subject });
    for (let more = Math.floor(random() * 3); more > 0; more -= 1)
      say(speaker, pick(claims)(subject), { subject });
  }
  if (random() < 0.35) {
    const task = pick(tasks)(subject);
    actionItems.get(people[last].name).push(`${task} (${stamp()})`);
    say(last, task, { kind: "task", subject });
  }
  if (random() < 0.05) say(null, "Could you repeat that? The line is bad.");
  say(lead, pick(closings), { subject });
}
say(0, "That was the last point. Até logo!");
for (const speaker of [1, 2, 3, 4]) say(speaker, ["Tschüss!", "Hej då!", "再见!", "Tạm biệt!"][speaker - 1]);

const meeting = {
  data: {
    transcript: {
      id: "01HV33GODPLANNING",
      dateString: "2026-02-03T09:00:00.000Z",
      privacy: "teammatesandparticipants",
      speakers: [...people.map(({ name }, id) => ({ id, name })), { id: people.length, name: null }],
      sentences,
      title: "Größere Planung: events, Übergaben & 下一步",
      host_email: people[0].email,
      organizer_email: people[0].email,
      calendar_id: "5jk2planning0203@example.com",
      user: {
        user_id: "u-17",
        email: people[0].email,
        name: people[0].name,
        num_transcripts: 41,
        recent_meeting: "01HV33GODPLANNING",
        minutes_consumed: 1984,
        is_admin: false,
        integrations: ["calendar"],
      },
      fireflies_users: [people[0].email],
      participants: people.map(({ email }) => email).concat("guest@example.org"),
      date: Date.parse("2026-02-03T09:00:00.000Z"),
      transcript_url: "https://app.fireflies.ai/view/01HV33GODPLANNING",
      audio_url: "https://cdn.example.com/01HV33GODPLANNING/audio.mp3",
      video_url: null,
      duration: Number((clock / 60).toFixed(2)),
      meeting_attendees: people.map(({ name, email, location }) => ({
        displayName: name,
        email,
        phoneNumber: null,
        name: null,
        location,
      })),
      meeting_info: { fred_joined: true, silent_meeting: false, summary_status: "processed" },
      summary: {
        keywords: ["retries", "recorder", "contracts", "Übergabe", "发布"],
        action_items: [...actionItems]
          .filter(([, items]) => items.length > 0)
          .map(([name, items]) => `**${name}**\n${items.join("\n")}\n`)
          .join("\n"),
        outline: null,
        shorthand_bullet: null,
        overview:
          "The team went through the open points before the release: retries, recording, contracts and the handover to on-call.\nEvery point has an owner; the date of the release depends on the newcomer script.",
        bullet_gist: null,
        gist: "Planning before the release.",
        short_summary: "Planning before the release: every open point has an owner now.",
        short_overview: null,
        meeting_type: "Planning",
        topics_discussed: subjects.map(([subject]) => subject),
        transcript_chapters: [],
      },
      cal_id: "5jk2planning0203",
      calendar_type: "google",
      apps_preview: { outputs: [] },
      meeting_link: "https://meet.example.com/pla-nning-33g",
    },
  },
};

writeFileSync(new URL("meeting.json", import.meta.url), `${JSON.stringify(meeting, null, 1)}\n`);
