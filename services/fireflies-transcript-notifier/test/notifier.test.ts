import { createHmac } from "node:crypto";
import { NonRetryable } from "@33god/bloodbank";
import type { EventEnvelope } from "@33god/holyfields";
import { afterEach, describe, expect, test } from "vitest";
import { type Answer, type Peer, type PeerRequest, startPeer } from "../../service-kit/test/support/peer.js";
import { noticeOf, sendWebhook } from "../src/index.js";

const event = (action: string, payload: Record<string, unknown>): EventEnvelope => ({
  event_id: "0190f5c4-7b1e-7c3a-8f00-000000000001",
  event_type: `fireflies.transcript.${action}`,
  timestamp: "2026-02-03T09:00:00Z",
  version: "v1",
  source: { host: "h", type: "system", app: "a" },
  payload,
});
const processed = noticeOf(event("processed", { title: "Plan", sentence_count: 3, speaker_count: 2 }));

describe("a notice", () => {
  test("says what was processed", () => {
    expect(processed.text).toBe('"Plan" is in the vault: 3 sentences by 2 speakers.');
  });

  test("says what failed and whether to try again", () => {
    const payload = {
      transcript_id: "m1",
      failed_stage: "transcription",
      error_message: "no answer",
      is_retryable: true,
    };
    expect(noticeOf(event("failed", payload))).toMatchObject({
      text: "Transcript m1 failed in transcription: no answer. It can be tried again.",
      level: "error",
    });
    expect(noticeOf(event("failed", { failed_stage: "upload", error_message: "x" })).text).toContain(
      "(unnamed)",
    );
  });
});

describe("the webhook", () => {
  let peer: Peer | undefined;
  afterEach(() => peer?.close());
  const never = new AbortController().signal;
  const send = async (answer: Answer, secret?: string, timeout = 5_000) => {
    peer = await startPeer([answer]);
    await sendWebhook({ url: `${peer.url}/hook`, secret, timeout }, processed, never);
  };

  test("carries the event's id, so that a receiver can tell a repetition", async () => {
    await send({ status: 204 });
    const [request] = peer?.requests ?? [];
    expect(request).toMatchObject({ method: "POST", path: "/hook" });
    expect(request?.headers["webhook-id"]).toBe(processed.event.event_id);
    expect(request?.headers["webhook-signature"]).toBeUndefined();
    expect(JSON.parse(request?.body ?? "")).toMatchObject({
      type: "fireflies.transcript.processed",
      text: processed.text,
      data: { title: "Plan" },
    });
  });

  test("is signed as Standard Webhooks asks", async () => {
    const key = Buffer.from("a key of some bytes");
    await send({}, `whsec_${key.toString("base64")}`);
    const [request] = peer?.requests ?? [];
    const { headers, body }: Pick<PeerRequest, "headers" | "body"> = request ?? { headers: {}, body: "" };
    const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
    expect(headers["webhook-signature"]).toBe(
      `v1,${createHmac("sha256", key).update(signed).digest("base64")}`,
    );
  });

  test.each([400, 401, 404, 410, 422])("a %i is for good", async (status) => {
    await expect(send({ status })).rejects.toBeInstanceOf(NonRetryable);
  });

  test.each<Answer>([
    { status: 500 },
    { status: 429, headers: { "retry-after": "0" } },
    { fault: "cut" },
    { fault: "silence" },
  ])("%j is tried again", async (answer) => {
    const error = await send(answer, undefined, 100).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(NonRetryable);
  });
});
