import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readyEventId, receiveWebhook, type WorkItem } from "../src/index.js";
import { meeting, meetingBytes } from "./meeting.js";

const v1 = { meetingId: "ASxwZxCstx", eventType: "Transcription completed", clientReferenceId: "ref-1" };
const v2 = {
  event: "meeting.transcribed",
  timestamp: 1710876543210,
  meeting_id: "ASxwZxCstx",
  client_reference_id: "ref-1",
};

async function post(
  body: unknown,
  more: { secret?: string; signature?: string; enqueue?: () => Promise<void> } = {},
) {
  const rawBody =
    body instanceof Uint8Array ? body : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  const queued: WorkItem[] = [];
  const response = await receiveWebhook({
    headers: more.signature === undefined ? {} : { "x-hub-signature": more.signature },
    rawBody,
    secret: more.secret,
    enqueue:
      more.enqueue ??
      (async (item) => {
        queued.push(item);
      }),
  });
  return { ...response, queued };
}

describe("what starts work", () => {
  test.each([
    ["V1", v1],
    ["V2", v2],
  ])(
    "a transcribed webhook of %s is queued as it came, and answered with its event's id",
    async (_, webhook) => {
      const { status, event_id, queued, outcome } = await post(webhook);
      expect({ status, event_id, outcome }).toEqual({
        status: 202,
        event_id: readyEventId("ASxwZxCstx"),
        outcome: "accepted",
      });
      expect(queued).toEqual([
        { body: Buffer.from(JSON.stringify(webhook)), messageId: readyEventId("ASxwZxCstx") },
      ]);
    },
  );

  test("both generations and the whole transcript of one meeting have one event id", async () => {
    const ids = await Promise.all([
      post({ ...v1, meetingId: meeting.id }),
      post({ ...v2, meeting_id: meeting.id }),
      post(meetingBytes),
      post(meeting),
      post({ transcript: meeting }),
    ]);
    expect(new Set(ids.map(({ event_id }) => event_id))).toEqual(new Set([readyEventId(meeting.id)]));
  });

  test("the answer waits for the bus, and is 503 when it does not confirm", async () => {
    const { status, outcome, body } = await post(v2, {
      enqueue: () => Promise.reject(new Error("no broker")),
    });
    expect({ status, outcome }).toEqual({ status: 503, outcome: "failed" });
    expect(body).toMatchObject({ code: "BUS_UNAVAILABLE", detail: expect.stringContaining("no broker") });
  });
});

describe("what starts none", () => {
  test.each([
    [{ ...v2, event: "meeting.summarized" }],
    [{ ...v2, event: "meeting.bot_joined" }],
    [{ ...v1, eventType: "Summary completed" }],
  ])("%j is taken, counted and not queued", async (webhook) => {
    const { status, outcome, queued, event_id } = await post(webhook);
    expect({ status, outcome, queued, event_id }).toEqual({
      status: 202,
      outcome: "ignored",
      queued: [],
      event_id: undefined,
    });
  });

  test.each([
    ["{", 400, "MALFORMED_JSON"],
    ["", 400, "MALFORMED_JSON"],
    [Buffer.from([0x22, 0xff, 0x22]), 400, "MALFORMED_JSON"],
    ["[]", 422, "WRONG_SHAPE"],
    ["null", 422, "WRONG_SHAPE"],
    ["{}", 422, "WRONG_SHAPE"],
  ])("%j is answered %i", async (body, status, code) => {
    const answer = await post(body);
    expect(answer).toMatchObject({
      status,
      contentType: "application/problem+json",
      body: { code, status },
      queued: [],
    });
  });

  test.each([
    [{ ...v1, meetingId: " " }, ["/meetingId"]],
    [{ meetingId: "a" }, ["/eventType"]],
    [{ event: 1, client_reference_id: 2 }, ["/event", "/meeting_id", "/client_reference_id"]],
    [{ data: { transcript: { ...meeting, date: "yesterday", sentences: [] } } }, ["/data/transcript/date"]],
    [{ ...meeting, sentences: [] }, ["/sentences"]],
    [{ ...meeting, sentences: null }, ["/sentences"]],
    [
      { ...meeting, id: 3, speakers: "all", sentences: [{ text: 1, end_time: "later" }, 4] },
      ["/id", "/speakers", "/sentences/0/text", "/sentences/0/end_time", "/sentences/1"],
    ],
  ])("a wrong shape is answered with every place where it is wrong (%#)", async (body, pointers) => {
    const answer = await post(body);
    expect(answer.status).toBe(422);
    const violations = answer.body.violations as { pointer: string }[];
    expect(violations.map(({ pointer }) => pointer)).toEqual(pointers);
  });

  test("whatever JSON is posted, the answer is one of the door's", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        expect([202, 422]).toContain((await post(JSON.stringify(value))).status);
      }),
    );
  });
});

describe("the signature", () => {
  const secret = "a-secret-of-Fireflies";
  const sign = (body: string | Uint8Array) => createHmac("sha256", secret).update(body).digest("hex");

  test("holds bare (V1) and with its algorithm before it (V2)", async () => {
    const body = JSON.stringify(v2);
    for (const signature of [sign(body), `sha256=${sign(body)}`, `sha256=${sign(body).toUpperCase()}`])
      expect((await post(body, { secret, signature })).status).toBe(202);
  });

  test("is of the bytes and not of what they mean", async () => {
    const signature = sign(JSON.stringify(v2));
    expect((await post(JSON.stringify(v2, null, 1), { secret, signature })).status).toBe(401);
  });

  test.each([undefined, "", "sha256=", "sha1=abc", "0".repeat(64), `sha256=${"g".repeat(64)}`])(
    "%j is refused",
    async (signature) => {
      const answer = await post(v2, { secret, ...(signature !== undefined && { signature }) });
      expect(answer).toMatchObject({ status: 401, body: { code: "INVALID_SIGNATURE" }, queued: [] });
    },
  );

  test("is asked for before the body is looked at", async () => {
    expect((await post("{", { secret, signature: "x" })).status).toBe(401);
  });
});
