/** `bb mcp` by the official SDK's own client. */
import { randomUUID } from "node:crypto";
import path from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { afterEach, describe, expect, test } from "vitest";
import { eventually } from "../../../bloodbank/client/test/support/eventually.js";
import { onEachEngine } from "../support/on-each-engine.js";
import { BB, cleanEnv } from "./support/bb.js";

onEachEngine("bb mcp", {}, (fixture) => {
  const clients: Client[] = [];
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
  });

  async function connect(...args: string[]) {
    const client = new Client({ name: "test-agent", version: "9.9.9" });
    const env = cleanEnv({ BLOODBANK_DATA_DIR: path.join(fixture().platform.folder, "data") });
    await client.connect(
      new StdioClientTransport({ command: process.execPath, args: [BB, "mcp", ...args], env }),
    );
    clients.push(client);
    return {
      client,
      async call(name: string, given: Record<string, unknown> = {}) {
        const result = await client.callTool({ name, arguments: given });
        const [content] = result.content as readonly { readonly text: string }[];
        return { isError: result.isError === true, text: content?.text ?? "" };
      },
    };
  }

  test("only reads, unless it was allowed to write", async () => {
    const reader = await connect();
    const names = (await reader.client.listTools()).tools.map(({ name }) => name);
    expect(names).toContain("trace_event");
    expect(names).not.toContain("publish_event");
    expect(
      (await reader.call("publish_event", { event_type: "artifact.created", payload: {} })).isError,
    ).toBe(true);
    const writer = await connect("--allow-write");
    const { tools } = await writer.client.listTools();
    expect(tools.map(({ name }) => name)).toContain("publish_event");
    for (const { description } of tools) expect(description).toMatch(/\.$/);
  });

  describe("an agent's work", () => {
    test("looks a contract up, checks, publishes with its context, finds and traces", async () => {
      const { call } = await connect("--allow-write");
      expect((await call("list_contracts", { matching: "artifact" })).text).toContain("artifact.created");
      expect((await call("get_contract", { event_type: "artifact.created" })).text).toContain("file_path");
      expect(await call("get_contract", { event_type: "artifact.craeted" })).toMatchObject({
        isError: true,
        text: expect.stringContaining("artifact.created"),
      });
      const payload = { artifact_type: "document", file_path: "/tmp/a.md" };
      const refused = await call("publish_event", { event_type: "artifact.created", payload: {} });
      expect(refused).toMatchObject({ isError: true, text: expect.stringContaining("/payload/file_path") });
      const published = await call("publish_event", {
        event_type: "artifact.created",
        payload,
        agent_context: { name: "Zoë", checkpoint_id: "c-1" },
      });
      const { event_id } = JSON.parse(published.text);
      const stored = await eventually(async () => {
        const found = await call("get_event", { event_id });
        return !found.isError && JSON.parse(found.text);
      }, "the event");
      expect(stored.event.source).toMatchObject({ type: "agent", app: "test-agent" });
      expect(stored.event.agent_context).toMatchObject({
        name: "Zoë",
        checkpoint_id: "c-1",
        meta: { version: "9.9.9" },
      });
      expect(
        (await call("find_events", { types: ["artifact.#"], since: "1h", source: "test-agent" })).text,
      ).toContain(event_id);
      expect(JSON.parse((await call("trace_event", { event_id })).text).tree[0]).toContain(
        "artifact.created",
      );
      expect((await call("validate_event", { event: stored.event })).text).toContain('"valid": true');
    });

    test("is told why a message was given up", async () => {
      const { call } = await connect("--allow-write");
      const payload = { agent_id: `agent-${randomUUID()}`, message: "?", tags: [] };
      const published = await call("publish_event", { event_type: "agent.feedback.requested", payload });
      const { event_id } = JSON.parse(published.text);
      const letter = await eventually(async () => {
        const { dead_letters } = JSON.parse((await call("list_dead_letters")).text);
        return dead_letters.find((one: { event_id: string }) => one.event_id === event_id);
      }, "the dead letter");
      const { text } = await call("explain_dead_letter", { id: letter.id });
      expect(text).toContain("AGENTFORGE_URL is not set");
      expect(text).toContain('"valid": true');
      expect((await call("diagnose")).text).toContain("dead letter");
      expect((await call("list_services")).text).toContain("agent-feedback-router");
    });

    test("hears what is wrong with its arguments", async () => {
      const { call } = await connect();
      expect((await call("get_event", { event_id: "42" })).isError).toBe(true);
      expect(await call("find_events", { since: "yesterday" })).toMatchObject({
        isError: true,
        text: expect.stringContaining("yesterday"),
      });
      expect((await call("get_event", { event_id: randomUUID() })).isError).toBe(true);
    });
  });
});
