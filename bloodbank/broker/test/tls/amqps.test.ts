import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import https from "node:https";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import amqplib from "amqplib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isSameMachine } from "../../src/connection/secure.js";
import { type Broker, startBroker } from "../../src/index.js";

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

describe.skipIf(!hasOpenssl)("a broker with a certificate", () => {
  let folder: string;
  let broker: Broker;
  let ca: Buffer;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "amqps-"));
    const file = (name: string) => path.join(folder, name);
    execFileSync(
      "openssl",
      ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"].concat(
        ["-keyout", file("key.pem"), "-out", file("cert.pem"), "-subj", "/CN=localhost"],
        ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
      ),
      { stdio: "ignore" },
    );
    ca = readFileSync(file("cert.pem"));
    broker = await startBroker({
      dataDir: file("data"),
      host: "0.0.0.0",
      port: 0,
      managementPort: 0,
      tls: { cert: ca, key: readFileSync(file("key.pem")) },
      definitions: {
        users: [{ name: "far", password: "away", tags: "administrator" }],
        permissions: [{ user: "far", vhost: "/", configure: ".*", write: ".*", read: ".*" }],
      },
    });
  });

  afterAll(async () => {
    await broker?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function roundTrip(url: string, options: object = {}): Promise<string> {
    const connection = await amqplib.connect(url, options);
    const channel = await connection.createConfirmChannel();
    const { queue } = await channel.assertQueue("", { exclusive: true });
    const body = "x".repeat(300_000);
    channel.sendToQueue(queue, Buffer.from(body));
    await channel.waitForConfirms();
    const got = await channel.get(queue, { noAck: true });
    await connection.close();
    return got === false ? "nothing" : got.content.toString() === body ? "the same" : "something else";
  }

  it("speaks amqps, and shows that it does", async () => {
    expect(await roundTrip(`amqps://guest:guest@localhost:${broker.port}`, { ca: [ca] })).toBe("the same");
    const connection = await amqplib.connect(`amqps://guest:guest@localhost:${broker.port}`, { ca: [ca] });
    const [row] = JSON.parse(await get("/api/connections"));
    expect(row.ssl).toBe(true);
    const plain = await fetch(`http://127.0.0.1:${broker.managementPort}/metrics`);
    expect(plain.status).toBe(200);
    await connection.close();
  });

  it("is refused by clients that do not trust its certificate", async () => {
    await expect(amqplib.connect(`amqps://guest:guest@localhost:${broker.port}`)).rejects.toThrow(
      "self-signed",
    );
  });

  it("lets programs on its own machine go on without", async () => {
    expect(await roundTrip(`amqp://guest:guest@127.0.0.1:${broker.port}`)).toBe("the same");
  });

  it("lets no other machine do so", () => {
    expect(isSameMachine("127.0.0.1", "127.0.0.1")).toBe(true);
    expect(isSameMachine("::ffff:127.0.0.1", "::ffff:127.0.0.1")).toBe(true);
    expect(isSameMachine("192.168.1.2", "192.168.1.2")).toBe(true);
    expect(isSameMachine("192.168.1.3", "192.168.1.2")).toBe(false);
    expect(isSameMachine(undefined, undefined)).toBe(false);
  });

  it("is as quick to close while a client hesitates", async () => {
    const other = await startBroker({
      dataDir: path.join(folder, "hesitant"),
      port: 0,
      managementPort: 0,
      tls: { cert: ca, key: readFileSync(path.join(folder, "key.pem")) },
    });
    const silent = [other.port, other.managementPort ?? 0].map((port) =>
      net.connect(port, "127.0.0.1").resume(),
    );
    await Promise.all(silent.map((socket) => new Promise((resolve) => socket.once("connect", resolve))));
    await roundTrip(`amqp://guest:guest@127.0.0.1:${other.port}`);
    await other.close();
  });

  it("survives handshakes that are none", async () => {
    const socket = net.connect(broker.port, "127.0.0.1");
    socket.on("error", () => undefined);
    const closed = new Promise((resolve) => socket.on("close", resolve));
    socket.resume();
    socket.write(Buffer.concat([Buffer.of(0x16, 3, 1, 0, 9), Buffer.alloc(200, 0xff)]));
    await closed;
    expect(await roundTrip(`amqps://guest:guest@localhost:${broker.port}`, { ca: [ca] })).toBe("the same");
  });

  it("refuses to start with a key that is not the certificate's", async () => {
    await expect(
      startBroker({ dataDir: path.join(folder, "other"), port: 0, tls: { cert: ca, key: "nonsense" } }),
    ).rejects.toMatchObject({ code: "TLS_INVALID" });
  });

  function get(url: string): Promise<string> {
    return new Promise((resolve, reject) => {
      https
        .get(
          {
            host: "127.0.0.1",
            port: broker.managementPort,
            path: url,
            auth: "guest:guest",
            ca,
            servername: "localhost",
          },
          (response) => {
            let text = "";
            response.on("data", (chunk) => (text += chunk));
            response.on("end", () => resolve(text));
          },
        )
        .on("error", reject);
    });
  }
});
