/** Outgoing webhooks: what has an address can consume. */
import { createHmac } from "node:crypto";
import { lookup } from "node:dns/promises";
import { hostname } from "node:os";
import { expect, test } from "vitest";
import { startPeer } from "../../services/service-kit/test/support/peer.js";
import { isSecret, newSecret } from "../src/webhooks/sign.js";
import { isInner, refusalOf } from "../src/webhooks/targets.js";
import { onEachEngine } from "./support/on-each-engine.js";
import { eventually } from "./support/running-platform.js";

onEachEngine(
  "outgoing webhooks",
  { args: ["--no-services"], env: { BLOODBANK_WEBHOOK_TARGETS: "any" } },
  (fixture) => {
    const publish = async (file_path: string, type = "artifact.created") =>
      (await fixture().api.post(`/events/${type}`, { artifact_type: "code", file_path })).body
        .event_id as string;
    const subscribe = async (url: string, types: string[], secret?: string) => {
      const { status, body } = await fixture().api.post("/api/v1/webhooks", {
        url,
        types,
        ...(secret && { secret }),
      });
      expect(status).toBe(201);
      return body as { id: string; secret: string };
    };
    const remove = (id: string) =>
      fetch(`${fixture().platform.http}/api/v1/webhooks/${id}`, { method: "DELETE" });
    const one = async (id: string) =>
      (await fixture().api.get("/api/v1/webhooks")).body.webhooks.find(
        (webhook: { id: string }) => webhook.id === id,
      );

    test("delivers what matches, byte for byte and signed as Standard Webhooks has it", async () => {
      const peer = await startPeer([{ status: 204 }]);
      const { id, secret } = await subscribe(peer.url, ["artifact.*"]);
      const eventId = await publish("/delivered");
      const request = await eventually(() =>
        peer.requests.find(({ headers }) => headers["webhook-id"] === eventId),
      );
      const { headers, body } = request;
      const stored = await eventually(async () => {
        const answer = await fixture().api.get(`/api/v1/events/${eventId}`);
        return answer.status === 200 && answer.body;
      });
      expect(JSON.parse(body)).toEqual(stored.event);
      const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
      const key = Buffer.from(secret.slice(6), "base64");
      expect(headers["webhook-signature"]).toBe(
        `v1,${createHmac("sha256", key).update(signed).digest("base64")}`,
      );
      expect(JSON.stringify((await fixture().api.get("/api/v1/webhooks")).body)).not.toContain(secret);
      expect((await remove(id)).status).toBe(204);
      expect(await one(id)).toBeUndefined();
      await peer.close();
    });

    test("an address that fails is tried again on the ladder, in the meantime nothing is lost", async () => {
      const peer = await startPeer([{ status: 500 }, { fault: "cut" }, { status: 200 }]);
      const { id } = await subscribe(peer.url, ["artifact.created"]);
      const eventId = await publish("/retried");
      await eventually(() => peer.requests.length === 3);
      expect(peer.requests.map(({ headers }) => headers["webhook-id"])).toEqual([eventId, eventId, eventId]);
      await eventually(async () => (await one(id)).delivered === 1);
      expect(await one(id)).toMatchObject({ state: "active", failed: 2 });
      await remove(id);
      await peer.close();
    });

    test("one that answers 410 is held, and goes on when it is resumed", async () => {
      const peer = await startPeer([{ status: 410 }, { status: 200 }]);
      const { id } = await subscribe(peer.url, ["artifact.created"]);
      await publish("/gone");
      await eventually(async () => (await one(id)).state === "held");
      expect((await one(id)).held).toContain("410");
      const resumed = await fixture().api.post(`/api/v1/webhooks/${id}/resume`, {});
      expect(resumed.status).toBe(200);
      await eventually(() => peer.requests.length === 2);
      await remove(id);
      await peer.close();
    });

    test("a replay to all is held back, but for who asked for replays and where it is sent to one queue alone", async () => {
      const [spared, willing] = [await startPeer([]), await startPeer([])];
      const { id } = await subscribe(spared.url, ["artifact.created"]);
      const other = await fixture().api.post("/api/v1/webhooks", {
        url: willing.url,
        types: ["artifact.created"],
        replays: true,
      });
      const eventId = await publish("/replayed");
      const times = (peer: typeof spared) =>
        peer.requests.filter(({ headers }) => headers["webhook-id"] === eventId).length;
      await eventually(() => times(spared) === 1 && times(willing) === 1);
      await eventually(async () => (await fixture().api.get(`/api/v1/events/${eventId}`)).status === 200);
      const replay = async (target: object) => {
        const { status, body } = await fixture().api.post("/api/v1/replays", {
          select: { trace: eventId },
          ...target,
        });
        expect(status, JSON.stringify(body)).toBe(201);
      };
      await replay({});
      await eventually(async () => (await one(id)).held_back === 1);
      await eventually(() => times(willing) === 2);
      expect(times(spared)).toBe(1);
      await replay({ queue: `services.webhook.${id}` });
      await eventually(() => times(spared) === 2);
      await remove(id);
      await remove(other.body.id);
      await spared.close();
      await willing.close();
    });

    test("one that is removed as soon as it was made leaves no queue behind", async () => {
      const peer = await startPeer([{ status: 204 }]);
      const { id } = await subscribe(peer.url, ["artifact.created"]);
      expect((await remove(id)).status).toBe(204);
      // Begun after it: when this one is at work, whatever the first had begun is done.
      const { id: later } = await subscribe(peer.url, ["artifact.created"]);
      await eventually(async () => (await one(later)).state === "active");
      await remove(later);
      const { body } = await fixture().api.get("/api/v1/topology/queues");
      const names = body.queues.map(({ name }: { name: string }) => name);
      expect(names.filter((name: string) => name.includes(id))).toEqual([]);
      await peer.close();
    });

    test("a test delivery says what was answered", async () => {
      const peer = await startPeer([{ status: 418 }]);
      const { id } = await subscribe(peer.url, ["artifact.created"]);
      const { body } = await fixture().api.post(`/api/v1/webhooks/${id}/test`, {});
      expect(body).toEqual({ delivered: false, status: 418 });
      await remove(id);
      await peer.close();
    });

    test("what cannot be subscribed is refused with the place", async () => {
      const cases: [object, string][] = [
        [{ url: "ftp://example.org", types: ["#"] }, "/body/url"],
        [{ url: "http://user:pw@example.org", types: ["#"] }, "/body/url"],
        [{ url: "http://example.org", types: ["Artifact"] }, "/body/types"],
        [{ url: "http://example.org", types: ["#"], secret: "short" }, "/body/secret"],
      ];
      for (const [body, pointer] of cases) {
        const answer = await fixture().api.post("/api/v1/webhooks", body);
        expect(answer).toMatchObject({ status: 400, body: { violations: [{ pointer }] } });
      }
      expect(await fixture().api.post("/api/v1/webhooks/wh_none/test", {})).toMatchObject({
        status: 404,
        body: { code: "WEBHOOK_NOT_FOUND" },
      });
    });
  },
);

onEachEngine("webhooks to this machine and its networks", { args: ["--no-services"] }, (fixture) => {
  /** A name of this machine that its own name service knows. */
  const ownName = async () => {
    for (const name of [hostname(), "ip6-localhost", "ip6-loopback"]) {
      const { address } = await lookup(name).catch(() => ({ address: "" }));
      if (address !== "" && isInner(address)) return name;
    }
    throw new Error("no name leads to this machine");
  };

  test("an address is refused when it is subscribed; a name that leads there is given up when it is connected to", async () => {
    const { api, platform } = fixture();
    const literal = await api.post("/api/v1/webhooks", { url: "http://127.0.0.1:9/", types: ["#"] });
    expect(literal).toMatchObject({ status: 400, body: { violations: [{ pointer: "/body/url" }] } });
    const peer = await startPeer([{ status: 200 }]);
    const url = peer.url.replace("127.0.0.1", await ownName());
    const { id } = (await api.post("/api/v1/webhooks", { url, types: ["artifact.created"] })).body;
    const { event_id } = (
      await api.post("/events/artifact.created", { artifact_type: "code", file_path: "/inner" })
    ).body;
    const letter = await eventually(async () => {
      const { body } = await api.get(`/api/v1/dead-letters?queue=services.webhook.${id}`);
      return body.dead_letters.find((one: { event_id: string }) => one.event_id === event_id);
    });
    expect(letter.reason).toContain("BLOODBANK_WEBHOOK_TARGETS=any");
    expect(peer.requests).toEqual([]);
    const { body } = await api.get("/api/v1/webhooks");
    expect(body.webhooks).toMatchObject([{ id, delivered: 0, failed: 1 }]);
    await fetch(`${platform.http}/api/v1/webhooks/${id}`, { method: "DELETE" });
    await peer.close();
  });
});

test("addresses of this machine and its networks are known, however they are written", () => {
  for (const inner of [
    "127.0.0.1",
    "10.1.2.3",
    "172.20.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "::1",
    "fe80::1",
    "fd00::1",
    "fec0::1",
    "::ffff:7f00:1",
    "::ffff:127.0.0.1",
    "0.0.0.0",
  ])
    expect(isInner(inner), inner).toBe(true);
  for (const outer of ["1.1.1.1", "172.32.0.1", "2606:4700::1111"]) expect(isInner(outer), outer).toBe(false);
  for (const url of [
    "http://localhost/",
    "http://localhost./",
    "http://a.localhost/",
    "http://127.1/",
    "http://0x7f000001/",
    "http://[::1]:80/",
  ])
    expect(refusalOf(url, false), url).toContain("BLOODBANK_WEBHOOK_TARGETS=any");
  expect(refusalOf("https://example.org/hook", false)).toBeUndefined();
});

test("a made secret is one that the convention admits", () => {
  expect(isSecret(newSecret())).toBe(true);
  expect(isSecret("whsec_AAAA")).toBe(false);
});
