// Events that look like a company's: thirty types, eight sources, trees of a thousand, words, ids. The same for each n.
import { hash } from "node:crypto";

const TYPES = [
  "fireflies.transcript.ready",
  "fireflies.transcript.processed",
  "artifact.created",
  "artifact.updated",
  "theboard.meeting.created",
  "theboard.meeting.started",
  "theboard.meeting.round_completed",
  "theboard.meeting.comment_extracted",
  "llm.prompt",
  "llm.response",
  "agent.thread.prompt",
  "agent.thread.response",
  "github.pr.created",
  "session.started",
  "worktree.created",
];
const APPS = [
  "theboard",
  "fireflies-webhook",
  "flume",
  "imi",
  "github-pr-listener",
  "zellij-driver",
  "yi",
  "tonny",
];
export const WORDS = Array.from({ length: 4_000 }, (_, n) => `${word(n)}${word(n * 31 + 7)}`);
/** Events of one causal tree. */
export const TREE = 1_000;

function word(n) {
  const parts = ["ba", "ke", "lo", "mi", "nu", "ra", "se", "ti", "vo", "za"];
  return `${parts[n % 10]}${parts[Math.floor(n / 10) % 10]}${parts[Math.floor(n / 100) % 10]}`;
}

const START = Date.parse("2026-01-01T00:00:00Z");

/** `BENCH_IDS=random`: ids of version 4, as publishers send that have no other. The same for each n. */
const RANDOM = process.env.BENCH_IDS === "random";

function idOf(n) {
  if (RANDOM) {
    const hex = hash("sha256", String(n));
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  }
  const ms = (START + n * 5).toString(16).padStart(12, "0");
  // Version 7: time first, then what looks random.
  const random = (Math.imul(n + 1, 2_654_435_761) >>> 0).toString(16).padStart(8, "0");
  return `${ms.slice(0, 8)}-${ms.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${n.toString(16).padStart(12, "0")}`;
}

export function deliveries(first, count) {
  return Array.from({ length: count }, (_, i) => delivery(first + i));
}

function delivery(n) {
  const id = idOf(n);
  const mixed = Math.imul(n, 40_503) >>> 8;
  const type = TYPES[mixed % TYPES.length];
  const app = APPS[(mixed >> 4) % APPS.length];
  const inTree = n % TREE;
  const causes = inTree === 0 ? [] : [idOf(n - inTree + Math.floor((inTree - 1) / 3))];
  const meeting = idOf(Math.floor(n / 40) * 40);
  const text = Array.from({ length: 22 }, (_, i) => WORDS[(mixed + i * i * 37) % WORDS.length]).join(" ");
  const receivedAt = START + n * 5;
  const event = {
    event_id: id,
    event_type: type,
    timestamp: new Date(receivedAt).toISOString(),
    version: "v1",
    source: { host: "bench", type: "system", app },
    correlation_ids: causes,
    agent_context: null,
    payload: { meeting_id: meeting, round_num: n % 12, title: text },
  };
  return {
    id,
    app,
    meeting,
    body: Buffer.from(JSON.stringify(event)),
    exchange: "bloodbank.events.v1",
    routingKey: type,
    headers: {},
    properties: {
      contentType: "application/json",
      deliveryMode: 2,
      messageId: id,
      type,
      appId: app,
      timestamp: Math.floor(receivedAt / 1_000),
    },
    receivedAt,
  };
}
