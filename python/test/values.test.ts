/** What a Python value becomes on the wire, and what is refused because it cannot become anything. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { onEmbeddedBus, type Tap } from "./support/bus.js";
import { type PublisherShell, type Publishers, startPublishers } from "./support/publisher-shell.js";

const KEY = "artifact.updated";
const CAUSE = "0190f5c4-7b1e-7c3a-8f00-000000000001";
const OTHER = "0190f5c4-7b1e-7c3a-8f00-000000000002";

const envelope = (payload: string, more = "") => `create_envelope("${KEY}", ${payload}, source${more})`;
const payload = (metadata: string) => `{"artifact_type": "a", "file_path": "/a.md", "metadata": ${metadata}}`;

onEmbeddedBus("values", (bus) => {
  let publishers: Publishers;
  let shell: PublisherShell;
  let tap: Tap;
  beforeAll(async () => {
    tap = await bus().tap("python.kinds", KEY);
    publishers = startPublishers({ env: { RABBITMQ_URL: bus().url } });
    shell = await publishers.make();
    await shell.start();
  });
  afterAll(() => publishers?.stop());

  async function arrived(body: string, options?: object) {
    const { event_id, ...failed } = await shell.publishBody(KEY, body, options);
    expect(failed, body).toEqual({ routed: true });
    const message = await tap.find(({ properties }) => properties.messageId === event_id);
    return { event: JSON.parse(Buffer.from(message.body).toString()), properties: message.properties };
  }
  const refused = (body: string, options?: object) => shell.publishBody(KEY, body, options);

  test.for([
    [
      "defaults stay, and what may be left out is left out",
      `models.Artifact(file_path="/m.md")`,
      { artifact_type: "document", file_path: "/m.md" },
    ],
    [
      "also in a model within, where a null that was given stays",
      `models.Artifact(file_path="/m.md", title="T", metadata=models.Details(author=None))`,
      { artifact_type: "document", file_path: "/m.md", title: "T", metadata: { pages: 3, author: null } },
    ],
    [
      "also in a model within what is none",
      payload(`{"all": [models.Details(), models.Details(reviewer="R")], "none": None}`),
      {
        artifact_type: "a",
        file_path: "/a.md",
        metadata: { all: [{ pages: 3 }, { pages: 3, reviewer: "R" }], none: null },
      },
    ],
  ] as const)("of a Pydantic model %s", async ([, python, expected]) => {
    expect((await arrived(envelope(python))).event.payload).toEqual(expected);
  });

  test("a generated model of an event is published as it stands", async () => {
    const { event } = await arrived(
      `holyfields.ArtifactUpdated.model_validate(${envelope(payload(`{"n": 1}`))}.model_dump())`,
    );
    expect(event.payload).toEqual({ artifact_type: "a", file_path: "/a.md", metadata: { n: 1 } });
    expect(bus().options.catalog.validate(event).valid).toBe(true);
  });

  test("values that JSON lacks are written as Pydantic writes them", async () => {
    const { event } = await arrived(
      envelope(
        payload(`{
          "uuid": __import__("uuid").UUID("${CAUSE}"), "decimal": __import__("decimal").Decimal("1.50"),
          "bytes": "ä".encode(), "date": __import__("datetime").date(2026, 1, 2), "tuple": (1, 2), "set": {1},
          "enum": __import__("event_producers").TriggerType.AGENT, "integer": 2**64, "float": 1e22, 5: True,
        }`),
      ),
    );
    expect(event.payload.metadata).toEqual({
      uuid: CAUSE,
      decimal: "1.50",
      bytes: "ä",
      date: "2026-01-02",
      tuple: [1, 2],
      set: [1],
      enum: "agent",
      integer: 2 ** 64,
      float: 1e22,
      5: true,
    });
  });

  test.for([
    ["NaN", "{'n': float('nan')}"],
    ["infinity", "{'n': [float('-inf')]}"],
    ["an integer of thousands of digits", "{'n': 10**5000}"],
    ["bytes that are no text", "{'n': b'\\xff'}"],
    ["what holds itself", "(lambda one: one.update(one=one) or one)({})"],
    ["an object that is no value", "{'n': object()}"],
  ] as const)("%s is refused, and nothing leaves", async ([, metadata]) => {
    const before = tap.messages.length;
    const answer = await refused(envelope(payload(metadata)));
    expect(answer).toMatchObject({ error: "MALFORMED_JSON", pointers: [""] });
    if (!/nan|inf/.test(metadata)) expect(answer.message).not.toContain("float");
    expect(tap.messages.length).toBe(before);
  });

  test("a time without an offset is refused where it stands", async () => {
    const naive = `, timestamp=__import__("datetime").datetime(2026, 1, 2)`;
    expect(await refused(envelope(payload("{}"), naive))).toMatchObject({
      error: "CONTRACT_VIOLATION",
      pointers: ["/timestamp"],
    });
  });

  test("an envelope that cannot be one names the member and its value", async () => {
    for (const [more, where, value] of [
      [`, correlation_ids=["${CAUSE}", "no id"]`, "correlation_ids.1", "no id"],
      [`, event_id="nor this"`, "event_id", "nor this"],
    ] as const) {
      const answer = await refused(envelope(payload("{}"), more));
      expect(answer.error).toBe("ValueError");
      expect(answer.message).toContain(where);
      expect(answer.message).toContain(value);
    }
    const { message } = await refused(envelope("5"));
    expect(message).toContain("payload");
  });

  test("each cause is named once, however often it was given", async () => {
    const given = `, correlation_ids=["${CAUSE}", "${OTHER}", "${CAUSE}"]`;
    const { event } = await arrived(envelope(payload("{}"), given), {
      correlation_ids: [OTHER, CAUSE, OTHER],
    });
    expect(event.correlation_ids).toEqual([CAUSE, OTHER]);
    const later = await arrived(envelope(payload("{}")), { correlation_ids: [OTHER, OTHER] });
    expect(later.event.correlation_ids).toEqual([OTHER]);
  });

  test("what no property holds is told, and the next event is sent all the same", async () => {
    const app = (name: string) => envelope(payload("{}")).replace("source", `{**source, "app": ${name}}`);
    expect(await refused(app("'ä' * 128"))).toMatchObject({
      error: "ValueError",
      message: expect.stringMatching(/^\/source\/app has 256 bytes, of which AMQP holds 255: ä/),
    });
    expect(await refused(envelope(payload("{}")), { conversation_id: "x".repeat(300) })).toMatchObject({
      error: "ValueError",
      message: expect.stringContaining("conversation_id has 300 bytes"),
    });
    const { properties } = await arrived(app("'a' * 255"));
    expect(properties.appId).toBe("a".repeat(255));
    const halved = await arrived(app("'half \\ud800'"));
    expect(halved.properties.appId).toBe("half \ufffd");
    expect(halved.event.source.app).toBe("half \ud800");
  });
});
