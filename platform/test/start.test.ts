/** Starting, failing to start, and starting again. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { startBroker } from "@33god/bloodbank-broker";
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
  cwd = root,
): Promise<{ code: number | null; output: string }> {
  const { child, output, over } = begun(args, env, cwd);
  cleanUp.push(() => child.kill("SIGKILL"));
  return over.then((code) => ({ code, output: output() }));
}

function begun(args: readonly string[], env: Record<string, string>, cwd = root) {
  const child = spawn(process.execPath, [path.join(root, "platform/bin/bb.mjs"), ...args], {
    cwd,
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
  const over = new Promise<number | null>((resolve) => child.on("close", resolve));
  return { child, output: () => output, over };
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

  test("a registry without its schema, with what to do", async () => {
    const services = path.join(folder, "services");
    mkdirSync(services);
    copyFileSync(path.join(root, "services/registry.yaml"), path.join(services, "registry.yaml"));
    const { code, output } = await ended(["up"], {}, folder);
    expect(code, output).toBe(78);
    expect(output).toContain(path.join(services, "registry.schema.json"));
    expect(output).toMatch(/^error: .* cannot be read: .*\(BAD_REGISTRY\)\nhint: .*copy/m);
  });

  test("a user or a virtual host that cannot be decoded, with the place", async () => {
    for (const [url, part] of [
      ["amqp://localhost/%zz", "path"],
      ["amqp://us%er:hidden@localhost/", "user or password"],
    ] as const) {
      const { code, output } = await failingStart({ RABBITMQ_URL: url });
      expect(code, output).toBe(78);
      expect(output).toMatch(new RegExp(`RABBITMQ_URL: .* has a % in its ${part}`));
      expect(output).not.toContain("hidden");
    }
  });

  test("webhooks that are no list, with the file", async () => {
    mkdirSync(path.join(folder, "data"));
    for (const content of ["{}", "null", "["]) {
      writeFileSync(path.join(folder, "data", "webhooks.json"), content);
      const { code, output } = await failingStart({});
      expect(code, output).toBe(73);
      expect(output).toMatch(/error: .*webhooks\.json cannot be read: .*\(DATA_DIR_UNUSABLE\)\nhint: /);
    }
  });

  test("an address that cannot be listened at, whatever the system has against it", async () => {
    const tokens = path.join(folder, "tokens");
    writeFileSync(tokens, "operator-0123456789abcdef, ada, operator\n");
    // Link-local, of no network: not even the system's own codes for a wrong address.
    const env = { BLOODBANK_HOST: "fe80::1", BLOODBANK_AMQP_PORT: "45672", BLOODBANK_TOKENS: tokens };
    const { code, output } = await failingStart(env);
    expect(code, output).toBe(78);
    expect(output).toMatch(/error: BLOODBANK_HOST: .*fe80::1.*\(BAD_CONFIG\)\nhint: /);
  });

  test("a service that does not exist", async () => {
    const platform = runPlatform({ args: ["--only", "nobody"], folder });
    await expect(platform).rejects.toThrow(/ended with 78: .*error: nobody is not a service/s);
  });
});

describe("what is said to be up is up", () => {
  const away = "amqp://guest:hidden@127.0.0.1:1/";

  test("a bus and a database that do not answer are named, with address and code, and waited for", async () => {
    const env = {
      RABBITMQ_URL: away,
      RABBITMQ_MANAGEMENT_URL: "http://127.0.0.1:1/",
      DATABASE_URL: "postgres://store:hidden@127.0.0.1:1/events",
    };
    const { child, output, over } = begun(["up", "--no-services"], env);
    cleanUp.push(() => child.kill("SIGKILL"));
    await eventually(() => child.exitCode !== null || output().includes("how it is"));
    expect(output()).toContain("Bloodbank is not up yet, and goes on trying:");
    expect(output()).toMatch(
      /^ {2}broker +amqp:\/\/guest:\*\*\*@127\.0\.0\.1:1\/ .*ECONNREFUSED.* \(BUS_UNAVAILABLE\)$/m,
    );
    expect(output()).toMatch(
      /^ {2}store +postgres:\/\/store:\*\*\*@127\.0\.0\.1:1\/events .*ECONNREFUSED.* \(STORE_UNAVAILABLE\)$/m,
    );
    const [, ready = ""] = /how it is +(\S+)/.exec(output()) ?? [];
    expect((await fetch(ready)).status).toBe(503);
    child.kill("SIGTERM");
    expect(await over).toBe(0);
    expect(output()).not.toMatch(/is up\.|hidden/);
  });

  test("it is said to be up when all of it answers, and not before", async () => {
    // A port that is free, for a broker that comes later.
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    await new Promise((resolve) => taken.close(resolve));
    const env = {
      RABBITMQ_URL: `amqp://guest:guest@127.0.0.1:${port}/`,
      RABBITMQ_MANAGEMENT_URL: "http://127.0.0.1:1/",
    };
    const { child, output, over } = begun(["up", "--no-services", "--json"], env);
    cleanUp.push(() => child.kill("SIGKILL"));
    const said = () =>
      output()
        .split("\n")
        .filter((line) => line.startsWith('{"status":'))
        .map((line) => JSON.parse(line));
    await eventually(() => child.exitCode !== null || said().length > 0);
    expect(said()).toMatchObject([{ status: "not ready", failing: { broker: { code: "BUS_UNAVAILABLE" } } }]);
    const broker = await startBroker({ dataDir: path.join(folder, "bus"), host: "127.0.0.1", port });
    cleanUp.push(() => broker.close());
    await eventually(() => child.exitCode !== null || said().length > 1);
    expect(said()[1]).toMatchObject({ status: "ready", failing: {}, http: expect.any(String) });
    child.kill("SIGTERM");
    expect(await over).toBe(0);
  });

  test("one whose bus is its own is up at once, and says so once", async () => {
    const platform = await runPlatform({ args: ["--no-services"], folder });
    cleanUp.push(() => platform.stop({ keep: true }));
    await eventually(() => platform.output().includes("Try it:"));
    expect(platform.output().match(/Bloodbank is/g)).toEqual(["Bloodbank is"]);
    expect(platform.output()).toContain("Bloodbank is up.");
  });

  test("it goes on when nobody reads what it prints any more", async () => {
    const platform = await runPlatform({ args: ["--no-services"], folder });
    cleanUp.push(() => platform.stop({ keep: true }));
    platform.process.stdout?.destroy();
    platform.process.stderr?.destroy();
    // Each is a line of the log.
    for (let line = 0; line < 5; line++)
      expect((await api(platform.http).post("/webhooks/github", "{")).status).toBe(400);
    expect((await api(platform.http).get("/health/ready")).status).toBe(200);
    expect(await platform.stop({ keep: true })).toBe(0);
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
