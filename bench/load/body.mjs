// The message that every benchmark sends: a whole, valid event of exactly 537 bytes.
const event = {
  event_id: "0190f5c4-7b1e-7c3a-8f00-000000000000",
  event_type: "artifact.created",
  timestamp: "2026-11-24T08:00:00.000Z",
  version: "v1",
  source: { host: "bench", type: "system", app: "bench" },
  correlation_ids: [],
  agent_context: null,
  payload: { artifact_type: "transcript", file_path: "/vault/bench.md", title: "" },
};
event.payload.title = "x".repeat(537 - Buffer.byteLength(JSON.stringify(event)));

export const EVENT_TYPE = event.event_type;
export const eventBody = Buffer.from(JSON.stringify(event));
/** The same event with an id of its own: `n` in its last digits. */
export const eventBodyOf = (n) =>
  Buffer.from(
    JSON.stringify({ ...event, event_id: `0190f5c4-7b1e-7c3a-8f00-${n.toString(16).padStart(12, "0")}` }),
  );
export const payload = event.payload;
