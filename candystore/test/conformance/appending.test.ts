import { Buffer } from "node:buffer";
import { expect, it } from "vitest";
import { delivery, many, raw } from "../support/deliveries.js";
import { onEachStore } from "../support/engines.js";

onEachStore("appending", (fixture) => {
  it("stores an event with its bytes and all facts of its delivery", async () => {
    const { store } = fixture();
    const sent = {
      ...delivery({ headers: { traceparent: "00-ab", tags: ["a", "b"], bytes: Buffer.from([0, 255]) } }),
      properties: { contentType: "application/json", deliveryMode: 2, correlationId: "c-1", priority: 3 },
    };
    await store.append([sent]);
    const stored = await store.get(sent.id);
    expect(stored).toMatchObject({
      event_id: sent.id,
      event_type: "artifact.created",
      version: "v1",
      source_app: "suite",
      exchange: sent.exchange,
      routing_key: sent.routingKey,
      properties: sent.properties,
      valid: true,
      violations: [],
      duplicates: 0,
      received_at: new Date(sent.receivedAt).toISOString(),
    });
    expect(stored?.headers.tags).toEqual(["a", "b"]);
    expect(Buffer.from(stored?.headers.bytes as Uint8Array)).toEqual(Buffer.from([0, 255]));
    expect(Buffer.from((await store.body(sent.id))!)).toEqual(sent.body);
  });

  it("keeps white space, order of members and numbers of a body as they were", async () => {
    const { store } = fixture();
    const id = "0190f5c4-7b1e-7c3a-8f00-0000000000aa";
    const body = `{ "payload": {"n": 1.0e2,\n "x":0.10},  "event_id":"${id}", "event_type":"a.b" }`;
    await store.append([raw(body)]);
    expect(Buffer.from((await store.body(id))!).toString()).toBe(body);
  });

  it("gives positions that rise by one with each event", async () => {
    const { store } = fixture();
    const before = await store.position();
    const batch = many(5);
    const { position } = await store.append(batch);
    expect(position).toBe(before + 5);
    const events = await store.after(before, 100);
    expect(events.map((event) => event.event_id)).toEqual(batch.map(({ id }) => id));
    expect(events.map((event) => event.position)).toEqual([1, 2, 3, 4, 5].map((n) => before + n));
  });

  it("stores a copy once and counts it, in another batch and in the same", async () => {
    const { store } = fixture();
    const once = delivery();
    const before = await store.position();
    expect(await store.append([once, once, delivery()])).toMatchObject({ stored: 2, duplicates: 1 });
    expect(await store.append([once])).toMatchObject({ stored: 0, duplicates: 1, position: before + 2 });
    expect((await store.get(once.id))?.duplicates).toBe(2);
  });

  it("knows an id again that is written in upper case", async () => {
    const { store } = fixture();
    const id = "0190f5c4-7b1e-7c3a-8f00-0000000000ab";
    await store.append([delivery({ id: id.toUpperCase() })]);
    expect(await store.append([delivery({ id })])).toMatchObject({ stored: 0, duplicates: 1 });
    expect((await store.get(id.toUpperCase()))?.event_id).toBe(id);
  });

  it("keeps the first bytes when another body comes under the same id", async () => {
    const { store } = fixture();
    const first = delivery();
    await store.append([first]);
    await store.append([delivery({ id: first.id, payload: { title: "another" } })]);
    expect(Buffer.from((await store.body(first.id))!)).toEqual(first.body);
  });

  it("does not count the copy that a replay made", async () => {
    const { store } = fixture();
    const first = delivery();
    await store.append([first]);
    await store.append([{ ...first, headers: { "x-replay-id": "r", "x-replay-position": 1 } }]);
    expect((await store.get(first.id))?.duplicates).toBe(0);
  });

  it("keeps what breaks its contract, marked with every violation", async () => {
    const { store } = fixture();
    const wrong = delivery({ payload: { artifact_type: 7, file_path: undefined } });
    await store.append([wrong]);
    const stored = await store.get(wrong.id);
    expect(stored?.valid).toBe(false);
    expect(stored?.violations.map(({ pointer }) => pointer).sort()).toEqual([
      "/payload/artifact_type",
      "/payload/file_path",
    ]);
  });

  it("gives a page the bodies as they came, and the same events as one by one", async () => {
    const { store } = fixture();
    const { position } = await store.stats();
    const id = (n: number) => `0b8e2b1c-6e0f-4f5e-9d0a-0000000000${String(n).padStart(2, "0")}`;
    const event = (n: number, more = "") =>
      `{"event_id":"${id(n)}","event_type":"artifact.created","timestamp":"2026-11-20T00:00:00Z","version":"v1",` +
      `"source":{"host":"h","type":"system","app":"a"},"correlation_ids":["${id(98)}"],"agent_context":null,` +
      `"payload":{"path":"p","kind":"k"}${more}}`;
    const bodies = [
      event(1),
      event(2, ',"timestamp":"2027-01-01T00:00:00Z"'),
      event(3, `,"correl\\u0061tion_ids":["${id(99)}"]`),
      `{ "payload" : {"timestamp":1,"a":"\\\\"","n":1.0e2},\r\n "correlation_ids":["${id(98).toUpperCase()}"],"timestamp":\t"x","event_id":"${id(4)}","event_type":"artifact.created"}`,
      "\ufeff{}",
      "\x1e\x1f{}\0{}",
      `{"event_id":"${id(5)}","event_type":"artifact.created","payload":"Größe 会議 🎉"}`,
    ];
    await store.append(
      bodies.map((body, n) => ({
        ...raw(body),
        headers: n === 0 ? { plain: "a}b{", bytes: Buffer.from([7]) } : { traceparent: "00" },
        properties:
          n === 2 ? { contentType: "application/json", replyTo: '"$base64"' } : { messageId: id(n + 1) },
      })),
    );
    const page = { limit: 100, order: "oldest" } as const;
    const { events } = await store.find({ from_position: position + 1 }, page);
    expect(events).toHaveLength(bodies.length);
    for (const found of events) {
      const one = await store.get(found.event_id);
      expect(found).toEqual(JSON.parse(JSON.stringify(one)));
    }
    const text = Buffer.from(await store.findJson({ from_position: position + 1 }, page)).toString();
    for (const found of events)
      if (found.valid) expect(text).toContain(bodies[events.indexOf(found)]!.replace("\ufeff", ""));
  });

  it("keeps what is not JSON, and gives the same bytes the same id", async () => {
    const { store } = fixture();
    const bytes = Buffer.from([0xff, 0xfe, 0, 1, 10]);
    const before = await store.position();
    await store.append([raw(bytes), raw("{nonsense"), raw(bytes)]);
    const [binary, text] = await store.after(before, 10);
    expect(await store.position()).toBe(before + 2);
    expect(binary).toMatchObject({
      valid: false,
      duplicates: 1,
      event: { raw_base64: bytes.toString("base64") },
    });
    expect(binary?.event_type).toBe("artifact.created");
    expect(Buffer.from((await store.body(binary!.event_id))!)).toEqual(bytes);
    expect(text?.violations[0]?.keyword).toBe("json");
  });

  it("gives a body as it was sent, whatever odd characters it has, by id and in a page alike", async () => {
    const { store } = fixture();
    const zero = "\0";
    const bodies: readonly (readonly [body: string | Buffer, event: unknown])[] = [
      ['{"n":"\ufffd, sent as such"}', { n: "\ufffd, sent as such" }],
      ["\ufeff{}", {}],
      [`{"cut":1}${zero} {`, undefined],
      [Buffer.concat([Buffer.from('{"bad":"'), Buffer.from([0xc3]), Buffer.from('"}')]), undefined],
      ["123456789", 123456789],
    ];
    await store.append(bodies.map(([body]) => raw(body)));
    const page = await store.find({}, { limit: bodies.length, order: "newest" });
    for (const [i, found] of [...page.events].reverse().entries()) {
      const [body, event] = bodies[i]!;
      const bytes = Buffer.from(body);
      expect(found.event).toEqual(event ?? { raw_base64: bytes.toString("base64") });
      expect((await store.get(found.event_id))?.event).toEqual(found.event);
      expect(Buffer.from((await store.body(found.event_id))!)).toEqual(bytes);
    }
  });

  it("tells an id of 32 digits from a UUID", async () => {
    const { store } = fixture();
    const id = "0123456789abcdef0123456789abcdef";
    await store.append([raw(JSON.stringify({ event_id: id, event_type: "artifact.created" }))]);
    expect((await store.find({}, { limit: 1 })).events[0]?.event_id).toBe(id);
    expect((await store.trace(id))?.nodes[0]).toMatchObject({ event_id: id, missing: false });
  });

  it.each([
    [
      "of 15 characters, which with a byte before it is as long as a UUID",
      "exactly 15 long",
      "exactly 15 long",
    ],
    ["with a zero character", "before\0after", "before\ufffdafter"],
  ])("keeps an id %s, in the event, its effects and the chain", async (_title, id, kept) => {
    const { store } = fixture();
    const effect = delivery({ causes: [id], conversation: id });
    await store.append([delivery({ id }), effect]);
    expect(await store.append([delivery({ id })])).toMatchObject({ stored: 0, duplicates: 1 });
    expect((await store.find({}, { limit: 2, order: "newest" })).events[1]?.event_id).toBe(kept);
    expect((await store.get(id))?.event_id).toBe(kept);
    for (const filter of [{ correlation: id }, { conversation: kept }])
      expect((await store.find(filter, { limit: 1 })).events[0]?.event_id).toBe(effect.id);
    const trace = await store.trace(effect.id);
    expect(trace?.nodes.map(({ event_id, missing }) => [event_id, missing])).toEqual([
      [kept, false],
      [effect.id, false],
    ]);
    expect(await store.verifyAudit()).toMatchObject({ intact: true });
  });

  it("stores once what comes twice in one batch, in its order, and whatever surrounds it", async () => {
    const { store } = fixture();
    const before = await store.position();
    const batch = many(70);
    const twice = [...batch.slice(0, 30), batch[4]!, ...batch.slice(30), batch[69]!, batch[0]!];
    expect(await store.append(twice)).toMatchObject({ stored: 70, duplicates: 3, position: before + 70 });
    const stored = await store.after(before, 100);
    expect(stored.map(({ event_id }) => event_id)).toEqual(batch.map(({ id }) => id));
    expect(stored.map(({ duplicates }) => duplicates)).toEqual(
      batch.map((_, i) => ([0, 4, 69].includes(i) ? 1 : 0)),
    );
    expect(await store.append(twice)).toMatchObject({ stored: 0, duplicates: 73 });
    expect((await store.verifyAudit()).intact).toBe(true);
  });

  it("takes ids and names that no database likes", async () => {
    const { store } = fixture();
    const odd = [
      raw(JSON.stringify({ event_id: "not a uuid", event_type: "a\0b", source: { app: "x\0" } })),
      raw(JSON.stringify({ event_id: "'; DROP TABLE events; --", event_type: "🩸".repeat(300) })),
      raw(JSON.stringify({ event_id: ["list"], correlation_ids: [1, null, "x", "x"] })),
      raw("null"),
      raw("[]"),
      raw(""),
    ];
    expect(await store.append(odd)).toMatchObject({ stored: 6, duplicates: 0 });
    expect((await store.get("'; DROP TABLE events; --"))?.valid).toBe(false);
    expect(await store.get("not a uuid")).toBeDefined();
  });

  it("stores an event of several megabytes, and gives it in a page", async () => {
    const { store } = fixture();
    const title = "x".repeat(4_000_000);
    const large = delivery({ payload: { title } });
    await store.append([large, delivery()]);
    expect((await store.body(large.id))?.byteLength).toBe(large.body.byteLength);
    const [, found] = (await store.find({}, { limit: 2 })).events;
    expect(found).toMatchObject({ event_id: large.id, event: { payload: { title } } });
  });

  it("takes batches that come at the same time one after the other", async () => {
    const { store } = fixture();
    const before = await store.position();
    const shared = delivery();
    const results = await Promise.all(Array.from({ length: 12 }, () => store.append([shared, ...many(20)])));
    expect(results.reduce((sum, { stored }) => sum + stored, 0)).toBe(12 * 20 + 1);
    const events = await store.after(before, 1_000);
    expect(events.map(({ position }) => position - before)).toEqual(
      Array.from({ length: 241 }, (_, i) => i + 1),
    );
    expect((await store.get(shared.id))?.duplicates).toBe(11);
    expect(await store.verifyAudit()).toMatchObject({ intact: true });
  });

  it("has everything again after it was closed and opened", async () => {
    const one = delivery();
    await fixture().store.append([one]);
    const before = await fixture().store.position();
    await fixture().reopen();
    expect(await fixture().store.position()).toBe(before);
    expect((await fixture().store.get(one.id))?.event_id).toBe(one.id);
    expect(await fixture().store.append([delivery()])).toMatchObject({ position: before + 1 });
  });
});
