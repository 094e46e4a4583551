import { afterEach, describe, expect, test } from "vitest";
import { type Answer, type Peer, startPeer } from "../../service-kit/test/support/peer.js";
import { FirefliesError } from "../src/errors.js";
import { fetchTranscript } from "../src/fireflies/client.js";
import { meeting } from "./meeting.js";

let peer: Peer | undefined;
afterEach(async () => {
  await peer?.close();
  peer = undefined;
});

const never = new AbortController().signal;

async function ask(answer: Answer, timeout = 5_000) {
  peer = await startPeer([answer]);
  return fetchTranscript(
    { url: peer.url, key: "k-1", timeout, now: () => 1_770_109_200_000 },
    meeting.id,
    never,
  );
}

async function failure(answer: Answer, timeout?: number): Promise<FirefliesError> {
  const error: unknown = await ask(answer, timeout).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof FirefliesError)) throw new Error(`expected a FirefliesError, got ${error}`);
  return error;
}

const graphqlError = (code: string, metadata?: object) => ({
  errors: [{ message: `it is ${code}`, code, extensions: { code, metadata } }],
  data: { transcript: null },
});

test("a whole transcript is fetched with the key and the id as a variable", async () => {
  const transcript = await ask({ body: { data: { transcript: meeting } } });
  expect(transcript.sentences).toHaveLength(meeting.sentences?.length ?? 0);
  const [request] = peer?.requests ?? [];
  expect(request?.headers.authorization).toBe("Bearer k-1");
  expect(JSON.parse(request?.body ?? "")).toMatchObject({ variables: { transcriptId: meeting.id } });
});

describe("failures that may pass", () => {
  test.each<readonly [string, Answer, string]>([
    ["a 500", { status: 500, body: "oops" }, "API_UNAVAILABLE"],
    ["a 503", { status: 503, body: "" }, "API_UNAVAILABLE"],
    ["a page instead of JSON", { body: "<html>" }, "API_UNAVAILABLE"],
    ["a cut connection", { fault: "cut" }, "API_UNAVAILABLE"],
    ["a transcript that is not known yet", { body: { data: { transcript: null } } }, "NOT_READY"],
    ["object_not_found", { body: graphqlError("object_not_found") }, "NOT_READY"],
    ["object_not_found with 404", { status: 404, body: graphqlError("object_not_found") }, "NOT_READY"],
    ["no sentences yet", { body: { data: { transcript: { ...meeting, sentences: null } } } }, "NOT_READY"],
    [
      "half a sentence",
      {
        body: {
          data: { transcript: { ...meeting, sentences: [{ index: 0, text: "a", end_time: null }] } },
        },
      },
      "NOT_READY",
    ],
    [
      "half a transcript with an error beside it",
      { body: { ...graphqlError("internal"), data: { transcript: meeting } } },
      "NOT_READY",
    ],
    ["another shape", { body: { data: { transcript: { ...meeting, sentences: "soon" } } } }, "NOT_READY"],
  ])("%s", async (_, answer, code) => {
    expect(await failure(answer)).toMatchObject({ code, permanent: false });
  });

  test("silence, after the timeout", async () => {
    expect(await failure({ fault: "silence" }, 60)).toMatchObject({
      code: "API_UNAVAILABLE",
      permanent: false,
      message: expect.stringContaining("60 ms"),
    });
  });

  test.each<readonly [string, Answer, number | undefined]>([
    ["429 with seconds", { status: 429, headers: { "retry-after": "2" } }, 2_000],
    ["429 without", { status: 429 }, undefined],
    [
      "too_many_requests with a moment",
      { body: graphqlError("too_many_requests", { retryAfter: 1_770_109_203_000 }) },
      3_000,
    ],
    [
      "too_many_requests with a date",
      { status: 429, body: graphqlError("too_many_requests", { retryAfter: "2026-02-03T09:00:04Z" }) },
      4_000,
    ],
  ])("a rate limit: %s", async (_, answer, retryAfter) => {
    expect(await failure(answer)).toMatchObject({ code: "RATE_LIMITED", permanent: false, retryAfter });
  });
});

describe("failures for good", () => {
  test.each<readonly [string, Answer]>([
    ["a wrong key", { status: 401, body: graphqlError("auth_failed") }],
    ["a wrong key, answered 200", { body: graphqlError("auth_failed") }],
    ["a plan that does not include it", { body: graphqlError("paid_required") }],
    ["a wrong request", { status: 400, body: "no" }],
    ["forbidden", { status: 403, body: "" }],
  ])("%s", async (_, answer) => {
    expect(await failure(answer)).toMatchObject({ code: "API_REFUSED", permanent: true });
  });
});

test("a silent meeting without sentences is whole", async () => {
  const silent = { ...meeting, sentences: [], meeting_info: { silent_meeting: true } };
  expect((await ask({ body: { data: { transcript: silent } } })).sentences).toEqual([]);
});
