/** Following events live: by Server-Sent Events and by a WebSocket, from where one was. */
import { Buffer } from "node:buffer";
import { randomUUID } from "node:crypto";
import { request } from "node:http";
import amqplib from "amqplib";
import { expect, test } from "vitest";
// @ts-expect-error ws has no types of its own; what is used of it here is three calls
import WebSocket from "ws";
import { onEachEngine } from "./support/on-each-engine.js";
import { eventually } from "./support/running-platform.js";

interface Message {
  readonly id: string;
  readonly data: { readonly event_id: string; readonly position: number; readonly event_type: string };
}

/** Reads a stream until `close`; what came is in `messages`. */
function follow(url: string, headers: Record<string, string> = {}) {
  const messages: Message[] = [];
  const status = { code: 0, type: "" };
  const outgoing = request(url, { headers: { accept: "text/event-stream", ...headers } }, (response) => {
    status.code = response.statusCode ?? 0;
    status.type = String(response.headers["content-type"]);
    let rest = "";
    response.setEncoding("utf8");
    response.on("data", (text: string) => {
      const parts = (rest + text).split("\n\n");
      rest = parts.pop() ?? "";
      for (const part of parts) {
        const fields = Object.fromEntries(part.split("\n").map((line) => line.split(/: (.*)/s)));
        if (fields.data) messages.push({ id: fields.id, data: JSON.parse(fields.data) });
      }
    });
    response.on("error", () => undefined);
  });
  outgoing.on("error", () => undefined);
  outgoing.end();
  return { messages, status, close: () => outgoing.destroy() };
}

onEachEngine("the live stream", { args: ["--no-services"] }, (fixture) => {
  const publish = async (file_path: string, type = "artifact.created") =>
    (await fixture().api.post(`/events/${type}`, { artifact_type: "code", file_path })).body
      .event_id as string;
  const at = (query = "") => `${fixture().platform.http}/api/v1/events/stream${query}`;

  test("brings what is published, and nothing that was before it", async () => {
    const before = await publish("/before");
    await eventually(async () => (await fixture().api.get(`/api/v1/events/${before}`)).status === 200);
    const stream = follow(at());
    await eventually(() => stream.status.code === 200);
    expect(stream.status.type).toMatch(/^text\/event-stream/);
    const id = await publish("/live");
    await eventually(() => stream.messages.some(({ data }) => data.event_id === id));
    expect(stream.messages.map(({ data }) => data.event_id)).toEqual([id]);
    stream.close();
  });

  test("goes on after the last position that was seen: each event once, in order, across a reconnect", async () => {
    const first = follow(at("?after=0"));
    const ids: string[] = [];
    for (let n = 0; n < 20; n++) ids.push(await publish(`/resume/${n}`));
    await eventually(() => first.messages.some(({ data }) => data.event_id === ids[9]));
    first.close();
    const seen = first.messages.slice(
      0,
      first.messages.findIndex(({ data }) => data.event_id === ids[9]) + 1,
    );
    const second = follow(at(), { "last-event-id": seen.at(-1)?.id ?? "" });
    const late = await publish("/resume/late");
    await eventually(() => second.messages.some(({ data }) => data.event_id === late));
    const got = [...seen, ...second.messages];
    const positions = got.map(({ data }) => data.position);
    expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b));
    expect(got.map(({ data }) => data.event_id).filter((id) => ids.includes(id))).toEqual(ids);
    expect(got[0]?.id).toBe(String(got[0]?.data.position));
    second.close();
  });

  test("brings only what the filter asks for", async () => {
    const stream = follow(at("?type=artifact.updated&source=http"));
    await eventually(() => stream.status.code === 200);
    await publish("/not");
    const id = await publish("/yes", "artifact.updated");
    await eventually(() => stream.messages.length > 0);
    expect(stream.messages.map(({ data }) => data.event_id)).toEqual([id]);
    stream.close();
  });

  test("brings an event that was sent over several lines as one piece of data", async () => {
    const stream = follow(at());
    await eventually(() => stream.status.code === 200);
    const event = {
      event_id: randomUUID(),
      event_type: "artifact.created",
      timestamp: "2026-11-20T00:00:00Z",
      version: "v1",
      source: { host: "h", type: "manual", app: "lines" },
      correlation_ids: [],
      agent_context: null,
      payload: { artifact_type: "code", file_path: "/über/lines" },
    };
    const connection = await amqplib.connect(fixture().platform.amqp);
    const channel = await connection.createConfirmChannel();
    channel.publish("bloodbank.events.v1", event.event_type, Buffer.from(JSON.stringify(event, null, 2)), {
      contentType: "application/json",
      persistent: true,
      messageId: event.event_id,
    });
    await channel.waitForConfirms();
    await connection.close();
    const { data } = await eventually(() =>
      stream.messages.find(({ data }) => data.event_id === event.event_id),
    );
    expect(data).toMatchObject({ event });
    stream.close();
  });

  test("is a WebSocket for who asks to upgrade", async () => {
    const messages: string[] = [];
    const socket = new WebSocket(at("?after=0&type=artifact.created").replace("http", "ws"));
    socket.on("message", (data: unknown) => messages.push(JSON.parse(String(data)).event_id));
    await new Promise((resolve) => socket.on("open", resolve));
    const id = await publish("/socket");
    await eventually(() => messages.includes(id));
    socket.close();
  });

  test("refuses a filter that is none, before it answers", async () => {
    const { status, body } = await fixture().api.get("/api/v1/events/stream?type=a%20b");
    expect({ status, code: body.code }).toEqual({ status: 400, code: "BAD_REQUEST" });
  });

  test("refuses a position that is none", async () => {
    const { status, body } = await fixture().api.get("/api/v1/events/stream?after=soon");
    expect({ status, code: body.code }).toEqual({ status: 400, code: "BAD_REQUEST" });
  });
});
