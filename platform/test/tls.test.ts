/** TLS on every port, with tokens, at an address that others can reach; and a bus that speaks amqps itself. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import amqplib from "amqplib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Broker, startBroker } from "../../bloodbank/broker/src/index.js";
import { loadConfig } from "../src/config/load.js";
import { readTls } from "../src/start/listen.js";
import { bb } from "./cli/support/bb.js";
import { type Certificate, hasOpenssl, makeCertificate } from "./support/certificate.js";
import { eventually, type RunningPlatform, runPlatform } from "./support/running-platform.js";

const OPERATOR = "operator-0123456789abcdef";

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  // biome-ignore lint/suspicious/noExplicitAny: a test knows what it asked for
  readonly body: any;
}

/** `fetch` cannot be told whom to trust. */
function ask(
  url: string,
  {
    ca,
    method = "GET",
    headers = {},
    body,
  }: { ca?: string; method?: string; headers?: object; body?: string },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { ...(ca && { ca }), method, headers: { ...headers } }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (piece) => {
        text += piece;
      });
      response.on("end", () => {
        let parsed: unknown = text;
        try {
          parsed = JSON.parse(text);
        } catch {
          // A page, or nothing.
        }
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parsed });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

const ARTIFACT = JSON.stringify({ artifact_type: "code", file_path: "/a" });

describe.skipIf(!hasOpenssl)("a platform with a certificate", () => {
  let folder: string;
  let certificate: Certificate;
  let platform: RunningPlatform;
  const signed = { authorization: `Bearer ${OPERATOR}` };

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "bloodbank-tls-"));
    certificate = makeCertificate(folder);
    const tokens = path.join(folder, "tokens");
    writeFileSync(tokens, `${OPERATOR}, ada, operator\n`);
    platform = await runPlatform({
      args: ["--only", "fireflies-webhook"],
      ca: certificate.ca,
      env: {
        BLOODBANK_HOST: "0.0.0.0",
        BLOODBANK_TOKENS: tokens,
        BLOODBANK_TLS_CERT: certificate.certFile,
        BLOODBANK_TLS_KEY: certificate.keyFile,
      },
    });
  });
  afterAll(async () => {
    await platform?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("HTTP is https, and says that it stays so; who does not trust the certificate is not answered", async () => {
    expect(platform.http).toMatch(/^https:/);
    const { ca } = certificate;
    const answer = await ask(`${platform.http}/events/artifact.created`, {
      ca,
      method: "POST",
      headers: { ...signed, "content-type": "application/json" },
      body: ARTIFACT,
    });
    expect(answer).toMatchObject({ status: 202, body: { routed: true } });
    expect(answer.headers["strict-transport-security"]).toMatch(/max-age=\d+/);
    const signIn = await ask(`${platform.http}/sign-in`, {
      ca,
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: `token=${OPERATOR}`,
    });
    expect(String(signIn.headers["set-cookie"])).toMatch(/; Secure/);
    await expect(ask(`${platform.http}/health`, {})).rejects.toThrow(/self-signed/);
    await expect(fetch(platform.http.replace("https:", "http:"))).rejects.toThrow();
  });

  test("the bus speaks amqps, and what comes in that way is recorded", async () => {
    const url = new URL(platform.amqp);
    const connection = await amqplib.connect(`amqps://ada:${OPERATOR}@localhost:${url.port}/`, {
      ca: [certificate.ca],
    });
    const channel = await connection.createConfirmChannel();
    const event = {
      event_id: crypto.randomUUID(),
      event_type: "artifact.created",
      timestamp: new Date().toISOString(),
      version: "v1",
      source: { host: "test", type: "agent", app: "suite" },
      correlation_ids: [],
      payload: JSON.parse(ARTIFACT),
    };
    channel.publish("bloodbank.events.v1", event.event_type, Buffer.from(JSON.stringify(event)), {
      persistent: true,
    });
    await channel.waitForConfirms();
    await connection.close();
    const { ca } = certificate;
    await eventually(async () => {
      const stored = await ask(`${platform.http}/api/v1/events/${event.event_id}`, { ca, headers: signed });
      return stored.status === 200;
    });
  });

  test("its own services reach it", async () => {
    const { ca } = certificate;
    await eventually(async () => {
      const { body } = await ask(`${platform.http}/api/v1/services`, { ca, headers: signed });
      return body.services.some(
        ({ name, process }: { name: string; process: { state: string } | null }) =>
          name === "fireflies-webhook" && process?.state === "running",
      );
    });
  });

  test("bb finds it, trusts what Node is told to trust, and otherwise says how", async () => {
    const env = { BLOODBANK_DATA_DIR: path.join(platform.folder, "data"), BLOODBANK_TOKEN: OPERATOR };
    const trusting = { ...env, NODE_EXTRA_CA_CERTS: certificate.certFile };
    expect(await bb(["topology", "queues"], { env: trusting })).toMatchObject({ code: 0 });
    const distrusted = await bb(["topology", "queues"], { env });
    expect(distrusted).toMatchObject({ code: 69, err: expect.stringContaining("NODE_EXTRA_CA_CERTS") });
    const plain = await bb(["topology", "queues", "--url", platform.http.replace("https:", "http:")], {
      env,
    });
    expect(plain).toMatchObject({ code: 69, err: expect.stringContaining("https://") });
  });
});

test.skipIf(!hasOpenssl)(
  "what is no certificate with its key stops the start, by the variables' names",
  () => {
    const folder = mkdtempSync(path.join(tmpdir(), "bloodbank-tls-"));
    try {
      const { certFile } = makeCertificate(folder);
      const env = { BLOODBANK_TLS_CERT: certFile, BLOODBANK_TLS_KEY: certFile };
      expect(() => readTls(loadConfig(env).config)).toThrow(/BLOODBANK_TLS_CERT and BLOODBANK_TLS_KEY/);
      const half = { BLOODBANK_TLS_CERT: certFile };
      expect(() => loadConfig(half)).toThrow(/BLOODBANK_TLS_KEY: is missing/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

describe.skipIf(!hasOpenssl)("a bus that speaks amqps", () => {
  let folder: string;
  let broker: Broker;
  let platform: RunningPlatform;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "bloodbank-amqps-"));
    const { ca, certFile, keyFile } = makeCertificate(folder);
    broker = await startBroker({
      dataDir: path.join(folder, "broker"),
      port: 0,
      managementPort: 0,
      tls: { cert: ca, key: readFileSync(keyFile) },
    });
    platform = await runPlatform({
      args: ["--only", "fireflies-webhook"],
      env: {
        RABBITMQ_URL: `amqps://guest:guest@localhost:${broker.port}/`,
        RABBITMQ_MANAGEMENT_URL: `https://localhost:${broker.managementPort}/`,
        NODE_EXTRA_CA_CERTS: certFile,
      },
    });
  });
  afterAll(async () => {
    await platform?.stop();
    await broker?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("is used by the platform, its services and its view of the queues", async () => {
    const answer = await fetch(`${platform.http}/events/artifact.created`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: ARTIFACT,
    });
    const { event_id } = (await answer.json()) as { event_id: string };
    expect(answer.status).toBe(202);
    await eventually(async () => (await fetch(`${platform.http}/api/v1/events/${event_id}`)).status === 200);
    await eventually(async () => {
      const text = await (await fetch(`${platform.http}/metrics`)).text();
      return (
        text.includes('bloodbank_queue_consumers{queue="event_store_manager_queue"} 1') &&
        text.includes('bloodbank_service_up{service="fireflies-webhook"} 1')
      );
    });
  });
});
