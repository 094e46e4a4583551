/** The main job: a webhook becomes checked events, a file and a history that can be traced. */
import { createHmac } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { type Answer, type Peer, startPeer } from "../../services/service-kit/test/support/peer.js";
import { engines } from "./support/engines.js";
import { type Api, api } from "./support/http.js";
import { eventually, type RunningPlatform, root, runPlatform } from "./support/running-platform.js";

const meeting = readFileSync(path.join(root, "examples/fireflies/meeting.json"));
const document = JSON.parse(meeting.toString("utf8"));
const announced = JSON.stringify({
  event: "meeting.transcribed",
  timestamp: 1710876543210,
  meeting_id: document.data.transcript.id,
});
const whole: Answer = { body: document };

const vaultFiles = ({ folder }: RunningPlatform) => {
  try {
    return readdirSync(path.join(folder, "vault"), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md"))
      .map((name) => path.join(folder, "vault", name));
  } catch {
    return [];
  }
};

const chain = ["artifact.created", "fireflies.transcript.processed", "fireflies.transcript.ready"];

/** The chain's events, once all three are there. */
const recorded = (client: Api) =>
  eventually(async () => {
    const { body } = await client.get(`/api/v1/events?type=${chain.join(",")}`);
    const types = new Set(body?.events?.map(({ event_type }: { event_type: string }) => event_type));
    return types.size === 3 && (body.events as { event_id: string; event_type: string }[]);
  });

for (const engine of engines)
  describe.skipIf(!engine.available)(`the transcript pipeline, as users run it (${engine.name})`, () => {
    let cleanUp: (() => Promise<unknown>)[] = [];
    afterEach(async () => {
      for (const clean of cleanUp.reverse()) await clean();
      cleanUp = [];
    });
    const start = async (env: Record<string, string> = {}, folder?: string) => {
      const platform = await runPlatform({ env, ...(folder !== undefined && { folder }) });
      cleanUp.push(() => platform.stop());
      return { platform, client: api(platform.http) };
    };
    const open = async () => {
      const bus = await engine.open();
      cleanUp.push(() => bus.close());
      return bus.env;
    };
    const peer = async (script: Parameters<typeof startPeer>[0]): Promise<Peer> => {
      const one = await startPeer(script);
      cleanUp.push(() => one.close());
      return one;
    };

    test("a posted meeting becomes a file, three events, and a trace with its effects beneath it", async () => {
      const { platform, client } = await start(await open());
      const accepted = await client.post("/webhooks/fireflies", meeting);
      expect(accepted).toMatchObject({ status: 202, body: { accepted: true } });
      const events = await recorded(client);
      const trace = await client.get(`/api/v1/events/trace/${events[0]?.event_id}`);
      expect(trace.body.roots).toEqual([accepted.body.event_id]);
      const root = trace.body.nodes.find(
        ({ event_id }: { event_id: string }) => event_id === accepted.body.event_id,
      );
      expect(root.effects).toHaveLength(2);
      expect(vaultFiles(platform)).toHaveLength(1);
      expect(readFileSync(vaultFiles(platform)[0] ?? "", "utf8")).toContain("Nguyễn Thị Hồng");
      await client.post("/webhooks/fireflies", meeting);
      const again = await eventually(async () => {
        const { body } = await client.get(`/api/v1/events/${accepted.body.event_id}`);
        return body.duplicates > 0 && body;
      });
      expect(again.duplicates).toBe(1);
      expect(vaultFiles(platform)).toHaveLength(1);
    });

    test("an announced meeting is fetched from Fireflies' API, whatever that API does first", async () => {
      const fireflies = await peer([
        { status: 429, headers: { "retry-after": "0" } },
        { status: 500, body: "oops" },
        { body: { data: { transcript: { ...document.data.transcript, sentences: null } } } },
        whole,
      ]);
      const { platform, client } = await start({
        ...(await open()),
        FIREFLIES_API_URL: fireflies.url,
        FIREFLIES_API_KEY: "key",
      });
      expect(await client.post("/webhooks/fireflies", announced)).toMatchObject({ status: 202 });
      await recorded(client);
      expect(fireflies.requests).toHaveLength(4);
      expect(fireflies.requests[0]?.headers.authorization).toBe("Bearer key");
      expect(vaultFiles(platform)).toHaveLength(1);
    });

    test("a wrong signature, wrong JSON and a wrong shape are refused, and nothing enters the bus", async () => {
      const { client } = await start({ ...(await open()), FIREFLIES_WEBHOOK_SECRET: "secret" });
      const signed = (body: string | Buffer, secret = "secret") => ({
        "x-hub-signature": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
      });
      const refused: [unknown, Record<string, string>, number, string][] = [
        [announced, {}, 401, "INVALID_SIGNATURE"],
        [announced, signed(announced, "other"), 401, "INVALID_SIGNATURE"],
        ["{", signed("{"), 400, "MALFORMED_JSON"],
        ['{"event":1}', signed('{"event":1}'), 422, "WRONG_SHAPE"],
      ];
      for (const [body, headers, status, code] of refused)
        expect(await client.post("/webhooks/fireflies", body, headers)).toMatchObject({
          status,
          body: { status, code },
        });
      const ignored = JSON.stringify({ event: "meeting.started", timestamp: 1, meeting_id: "m" });
      expect(await client.post("/webhooks/fireflies", ignored, signed(ignored))).toMatchObject({
        status: 202,
        body: { accepted: false },
      });
      expect(await client.post("/webhooks/fireflies", meeting, signed(meeting))).toMatchObject({
        status: 202,
      });
      expect(await recorded(client)).toHaveLength(3);
      const { text } = await client.get("/metrics");
      expect(text).toContain('bloodbank_webhooks_total{sender="fireflies",outcome="ignored"} 1');
      expect(text).toContain('bloodbank_webhooks_total{sender="fireflies",outcome="refused"} 4');
    });

    test("kill -9 between the 202 and the artifact: after a restart the chain completes, and the file is written once", async () => {
      const env = await open();
      const fireflies = await peer((_request, index) => (index === 0 ? { fault: "silence" } : whole));
      const variables = { ...env, FIREFLIES_API_URL: fireflies.url, FIREFLIES_API_KEY: "key" };
      const { platform, client } = await start(variables);
      const accepted = await client.post("/webhooks/fireflies", announced);
      expect(accepted.status).toBe(202);
      await eventually(() => fireflies.requests.length === 1);
      await platform.stop({ keep: true, signal: "SIGKILL" });
      const { platform: second, client: other } = await start(variables, platform.folder);
      const events = await recorded(other);
      expect(events).toHaveLength(3);
      const ready = events.find(({ event_type }) => event_type === "fireflies.transcript.ready");
      expect(ready?.event_id).toBe(accepted.body.event_id);
      const [file = "", ...others] = vaultFiles(second);
      expect(others).toEqual([]);
      const { mtimeMs, ino } = statSync(file);
      await other.post("/webhooks/fireflies", announced);
      await eventually(
        async () => (await other.get(`/api/v1/events/${ready?.event_id}`)).body.duplicates > 0,
      );
      expect(statSync(file)).toMatchObject({ mtimeMs, ino });
    });
  });
