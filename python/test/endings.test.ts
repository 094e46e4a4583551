/** Starts and closings of `Publisher` that meet, or that nobody waits for any longer. */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../../bloodbank/client/test/support/eventually.js";
import { startProxy } from "../../bloodbank/client/test/support/proxy.js";
import { startSilentServer } from "../../bloodbank/client/test/support/silent-server.js";
import { onEachBus } from "./support/bus.js";
import { type Publishers, startPublishers } from "./support/publisher-shell.js";
import { interpreter, startPython } from "./support/python.js";

/** Runs the scenarios of endings.py, all in one process. */
function startEndings(env: Record<string, string>) {
  const program = startPython(["endings.py"], { env });
  return {
    stop: () => program.stop(),
    /** `disturb`: what happens when the scenario says that it may. */
    async leavesNothing(scenario: string, disturb?: () => unknown): Promise<void> {
      const ended = program.said(`ended ${scenario}`);
      program.tell(scenario);
      if (disturb !== undefined) {
        const before = program.lines.length;
        await eventually(() => program.lines.slice(before).some((line) => line.startsWith("disturb ")));
        await disturb();
        program.tell("");
      }
      expect(await ended, program.errors).toBe("fine");
    },
  };
}

onEachBus("a publisher that is left", (bus) => {
  let proxy: Awaited<ReturnType<typeof startProxy>>;
  let endings: ReturnType<typeof startEndings>;
  let publishers: Publishers;
  beforeAll(async () => {
    proxy = await startProxy(bus().url);
    publishers = startPublishers();
    endings = startEndings({ RABBITMQ_URL: bus().url, HANGING_URL: `${proxy.url}?heartbeat=1` });
  });
  afterAll(async () => {
    await endings?.stop();
    await publishers?.stop();
    await proxy?.close();
  });

  test.for([
    "start_together",
    "close_while_starting",
    "close_twice",
    "another_loop",
    "ended_loops",
    "headers_too_long",
  ])("%s: leaves nothing behind", (scenario) => endings.leavesNothing(scenario));

  test("a closing that nobody waits for any longer leaves nothing behind when a broker hangs", async () => {
    await endings.leavesNothing("give_up_closing", () => proxy.withhold());
    proxy.open();
  });

  test("what waits for its confirm when a broker hangs is sent again, and what a cancelled task publishes as its last", async () => {
    const shell = await publishers.make({ url: `${proxy.url}?heartbeat=1` });
    await shell.start();
    const before = proxy.connections;
    let answer: unknown;
    await endings.leavesNothing("say_goodbye", async () => {
      proxy.withhold();
      answer = await shell.publish("artifact.created", { artifact_type: "a", file_path: "/a" });
    });
    expect(answer).toMatchObject({ event_id: expect.any(String) });
    // Both of the goodbye, and the second of this one.
    expect(proxy.connections).toBe(before + 3);
    await shell.close();
    proxy.open();
  });

  test("a start whose connection breaks, at whatever point, says so, or takes the next address", async () => {
    const outcomes: string[] = [];
    for (let bytes = 0; bytes < 800; bytes += 40) {
      proxy.cutAfter(bytes);
      const answer = await (await publishers.make({ url: proxy.url })).start();
      outcomes.push(answer.error ?? "started");
      const next = await publishers.make({ url: `${proxy.url},${bus().url}` });
      expect(await next.start(), `${bytes}`).toEqual({ started: true });
      await publishers.leaveAll();
    }
    expect(new Set(outcomes)).toEqual(new Set(["BROKER_UNREACHABLE", "started"]));
    expect(outcomes.indexOf("started")).toBeGreaterThan(outcomes.lastIndexOf("BROKER_UNREACHABLE"));
    proxy.cutAfter(Number.POSITIVE_INFINITY);
  });
});

test.skipIf(interpreter === undefined)(
  "a start that nobody waits for any longer is not gone on with",
  async () => {
    const silent = await startSilentServer();
    const endings = startEndings({ SILENT_URL: silent.url });
    await endings.leavesNothing("give_up_starting", () => eventually(() => silent.sockets.length === 1));
    expect(silent.sockets.length).toBe(1);
    await endings.stop();
    silent.close();
  },
);

describe.skipIf(interpreter === undefined)("a start that cannot succeed (Python)", () => {
  let publishers: Publishers;
  beforeAll(() => {
    publishers = startPublishers();
  });
  afterAll(() => publishers?.stop());
  const start = async (url: string) => (await publishers.make({ url })).start();

  test.for([
    "nonsense",
    "http://127.0.0.1:5672/",
    "amqp://guest:secret#1@127.0.0.1:5672/",
    "amqp://127.0.0.1:port/",
  ])("what no broker can have for its address is told at once: %s", async (url) => {
    expect(await start(url)).toMatchObject({
      error: "BROKER_UNREACHABLE",
      message: expect.stringMatching(/^Not the address of a broker: (?!.*secret)/),
    });
  });

  test.for([
    ["an HTTP server", "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"],
    ["a newer protocol's broker", "AMQP\x00\x01\x00\x00"],
    ["a text protocol's server", "220 mail.example ESMTP\r\n"],
    ["something with frames of its own", "\x01\x00\x00\x00\x00\x00\x05hello\xce"],
    ["something that hangs up", ""],
  ] as const)("%s is no broker", async ([, greeting]) => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined).once("data", () => socket.end(greeting, "latin1"));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const answer = await start(`amqp://127.0.0.1:${port}/`);
    expect(answer).toMatchObject({
      error: "BROKER_UNREACHABLE",
      message: expect.stringMatching(/Start the platform, or set RABBITMQ_URL\.$/),
    });
    server.close();
  });
});
