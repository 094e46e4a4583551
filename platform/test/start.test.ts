/** Starting, failing to start, and starting again. */
import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { rabbitmq } from "../../bloodbank/client/test/support/engines.js";
import { startProxy } from "../../bloodbank/client/test/support/proxy.js";
import { readRuntimeFile } from "../src/start/runtime-file.js";
import { api } from "./support/http.js";
import { eventually, root, runPlatform } from "./support/running-platform.js";

let folder: string;
let cleanUp: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "bloodbank-start-"));
  cleanUp = [() => rmSync(folder, { recursive: true, force: true })];
});
afterEach(async () => {
  for (const clean of cleanUp.reverse()) await clean();
});

/** Runs `bb up` to its end: what it says when it cannot start. */
function failingStart(
  env: Record<string, string>,
  args: readonly string[] = ["--no-services"],
): Promise<{ code: number | null; output: string }> {
  return ended(["up", ...args], env);
}

/** What `bb` says until it ends, and how it ends. */
function ended(
  args: readonly string[],
  env: Record<string, string>,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [path.join(root, "platform/bin/bb.mjs"), ...args], {
    cwd: root,
    env: {
      ...process.env,
      BLOODBANK_HTTP_PORT: "0",
      BLOODBANK_AMQP_PORT: "0",
      BLOODBANK_MANAGEMENT_PORT: "0",
      BLOODBANK_DATA_DIR: path.join(folder, "data"),
      NO_COLOR: "1",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += text));
  cleanUp.push(() => child.kill("SIGKILL"));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, output })));
}

/** As `failingStart`, of `bb broker`. */
function failingBroker(folder: string): Promise<{ code: number | null; output: string }> {
  return ended(["broker", "--port", "0", "--management-port", "0", "--data-dir", folder], {});
}

/** A listener that says nothing, or what it is told to. */
async function occupy(answer?: string): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    if (answer !== undefined) socket.on("data", () => socket.end(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanUp.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

describe("a start that fails says what is wrong in a line, and ends with a code", () => {
  test("every bad variable, at once", async () => {
    const { code, output } = await failingStart({
      BLOODBANK_HTTP_PORT: "eighty",
      LOG_LEVEL: "loud",
      BLOODBANK_HOTS: "x",
    });
    expect(code).toBe(78);
    expect(output).toContain('error: BLOODBANK_HTTP_PORT: "eighty" is not a port from 0 to 65535');
    expect(output).toContain('error: LOG_LEVEL: "loud" is none of debug, info, warn, error');
    expect(output).not.toContain(" at ");
  });

  test("a port that was asked for and is in use, with who listens there", async () => {
    const port = await occupy("HTTP/1.1 200 OK\r\nServer: nginx\r\n\r\n");
    const { code, output } = await failingStart({ BLOODBANK_HTTP_PORT: String(port) });
    expect(code).toBe(69);
    expect(output).toContain(
      `error: Port ${port} of 127.0.0.1, asked for by BLOODBANK_HTTP_PORT, is in use by the HTTP server nginx`,
    );
    expect(output).toContain("hint: ");
  });

  test("a data directory that cannot be written to", async () => {
    // Modes mean nothing to root, but not even root makes folders in the kernel's own file system.
    const root = process.getuid?.() === 0;
    const data = root ? "/sys/bloodbank" : path.join(folder, "data");
    if (!root) {
      mkdirSync(data);
      chmodSync(data, 0o500);
    }
    const { code, output } = await failingStart({ BLOODBANK_DATA_DIR: data });
    expect(code).toBe(73);
    expect(output).toMatch(/error: The data directory .* cannot be written to: not permitted/);
  });

  test("a data directory that is a file", async () => {
    writeFileSync(path.join(folder, "data"), "");
    const { code, output } = await failingStart({});
    expect(code).toBe(73);
    expect(output).toContain("cannot be written to");
    expect(output).toContain("hint: Set BLOODBANK_DATA_DIR");
  });

  test.runIf(process.platform === "linux")(
    "folders where the kernel says that their parent is not there, although it is",
    async () => {
      const data = await failingStart({ BLOODBANK_DATA_DIR: "/proc/bloodbank/data" });
      expect(data.code).toBe(73);
      expect(data.output).toMatch(
        /error: The data directory \/proc\/bloodbank\/data cannot be written to: no folder can be made there \(DATA_DIR_UNUSABLE\)/,
      );
      expect(data.output).toContain("hint: Set BLOODBANK_DATA_DIR");
      const vault = await failingStart({ BLOODBANK_VAULT_DIR: "/proc/vault" }, [
        "--only",
        "fireflies-transcript-processor",
      ]);
      expect(vault.code).toBe(73);
      expect(vault.output).toMatch(/error: The vault, .* \/proc\/vault cannot .* \(VAULT_UNUSABLE\)/);
      expect(vault.output).toContain("hint: Set BLOODBANK_VAULT_DIR");
      const broker = await failingBroker("/proc/bloodbank");
      expect(broker.code).toBe(73);
      expect(broker.output).toContain("/proc/bloodbank");
    },
  );

  const rabbit = process.env.TEST_RABBITMQ_URL;
  test.skipIf(rabbit === undefined)(
    "a user whom RabbitMQ does not let in, a virtual host that it does not have",
    async () => {
      const wrong = new URL(rabbit ?? "");
      wrong.password = "wrong";
      const elsewhere = new URL(rabbit ?? "");
      elsewhere.pathname = "/nowhere";
      for (const [url, why] of [
        [wrong, "ACCESS_REFUSED"],
        [elsewhere, "vhost nowhere not found"],
      ] as const) {
        const { code, output } = await failingStart({ RABBITMQ_URL: url.href });
        expect(code, output).toBe(77);
        expect(output).toMatch(/error: The broker at .* does not let this user in: .* \(BUS_REFUSED\)/);
        expect(output).toContain(why);
        expect(output).not.toContain("wrong@");
        expect(output).toContain("hint: Check user, password and virtual host in RABBITMQ_URL");
      }
    },
  );

  test("a vault that cannot be made keeps only those from starting that write to it", async () => {
    const vault = path.join(folder, "a-file");
    writeFileSync(vault, "");
    const env = { BLOODBANK_VAULT_DIR: vault };
    const writing = await failingStart(env, ["--only", "fireflies-transcript-processor"]);
    expect(writing.code).toBe(73);
    expect(writing.output).toContain("(VAULT_UNUSABLE)");
    const others = await runPlatform({ args: ["--only", "fireflies-transcript-notifier"], env, folder });
    cleanUp.push(() => others.stop({ keep: true }));
    expect((await api(others.http).get("/health/ready")).status).toBe(200);
  });

  test("a second platform on the same data directory", async () => {
    const platform = await runPlatform({ args: ["--no-services"], folder });
    cleanUp.push(() => platform.stop({ keep: true }));
    const { code, output } = await failingStart({});
    expect(code).toBe(69);
    expect(output).toContain(`process ${platform.process.pid}, at ${platform.http}`);
    expect((await api(platform.http).get("/health/ready")).status).toBe(200);
  });

  test("a service that does not exist", async () => {
    const platform = runPlatform({ args: ["--only", "nobody"], folder });
    await expect(platform).rejects.toThrow(/ended with 78: .*error: nobody is not a service/s);
  });
});

describe("the embedded broker's address", () => {
  test("RABBITMQ_URL that names what this data directory's own broker had last starts it there again", async () => {
    const first = await runPlatform({ args: ["--no-services"], folder });
    const { event_id } = (
      await api(first.http).post("/events/artifact.created", { artifact_type: "a", file_path: "/" })
    ).body;
    expect(await first.stop({ keep: true })).toBe(0);
    expect(readRuntimeFile(path.join(folder, "data"))).toMatchObject({ pid: null, amqp: first.amqp });
    const second = await runPlatform({ args: ["--no-services"], folder, env: { RABBITMQ_URL: first.amqp } });
    cleanUp.push(() => second.stop({ keep: true }));
    expect(second.amqp).toBe(first.amqp);
    const ready = await api(second.http).get("/health/ready");
    expect(ready.body.checks.broker.engine).toBe("embedded");
    expect((await api(second.http).get(`/api/v1/events/${event_id}`)).status).toBe(200);
  });

  test("the runtime file is this user's alone, and names the process while it lives", async () => {
    const platform = await runPlatform({ args: ["--no-services"], folder });
    cleanUp.push(() => platform.stop({ keep: true }));
    const file = path.join(folder, "data", "platform.json");
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
      pid: platform.process.pid,
      http: platform.http,
      engine: "embedded",
    });
  });
});

describe.skipIf(!rabbitmq.available)("a RabbitMQ that is away (TEST_RABBITMQ_URL)", () => {
  test("at the start: the platform starts, says so, and resumes; later: what was published meanwhile is not lost", async () => {
    const bus = await rabbitmq.open();
    cleanUp.push(() => bus.close());
    const proxy = await startProxy(bus.url);
    cleanUp.push(() => proxy.close());
    proxy.shut();
    // `runPlatform` waits for ready: the door is opened once the platform has told that it is not.
    const opening = eventually(async () => {
      const file = readRuntimeFile(path.join(folder, "data"));
      if (file?.pid == null) return undefined;
      const { status, body } = await api(file.http).get("/health/ready");
      expect(status).toBe(503);
      expect(body.checks.broker).toMatchObject({ status: "failing" });
      expect((await api(file.http).get("/health")).status).toBe(200);
      const refused = await api(file.http).post("/events/artifact.created", {
        artifact_type: "a",
        file_path: "/early",
      });
      expect(refused).toMatchObject({ status: 503, body: { code: "BUS_UNAVAILABLE" } });
      return true;
    }).finally(() => proxy.open());
    const management = process.env.TEST_RABBITMQ_MANAGEMENT_URL ?? "";
    const [platform] = await Promise.all([
      runPlatform({
        args: ["--no-services"],
        folder,
        env: { RABBITMQ_URL: proxy.url, RABBITMQ_MANAGEMENT_URL: management },
      }),
      opening,
    ]);
    cleanUp.push(() => platform.stop({ keep: true }));
    const client = api(platform.http);
    const first = await client.post("/events/artifact.created", { artifact_type: "a", file_path: "/first" });
    expect(first.status).toBe(202);

    proxy.shut();
    proxy.cut();
    await eventually(async () => (await client.get("/health/ready")).status === 503);
    const waiting = client.post("/events/artifact.created", { artifact_type: "a", file_path: "/meanwhile" });
    proxy.open();
    const meanwhile = await waiting;
    expect(meanwhile.status).toBe(202);
    for (const { body } of [first, meanwhile])
      await eventually(async () => (await client.get(`/api/v1/events/${body.event_id}`)).status === 200);
    await eventually(async () => (await client.get("/health/ready")).status === 200);
  });
});
