/** Starts and closings of `Publisher` that meet, or that nobody waits for any longer. */
import { expect, test } from "vitest";
import { eventually } from "../../bloodbank/client/test/support/eventually.js";
import { startProxy } from "../../bloodbank/client/test/support/proxy.js";
import { startSilentServer } from "../../bloodbank/client/test/support/silent-server.js";
import { onEachBus } from "./support/bus.js";
import { startPublisher } from "./support/publisher-shell.js";
import { interpreter, runPython, startPython } from "./support/python.js";

onEachBus("a publisher that is left", (bus) => {
  test.for(["start_together", "close_while_starting", "close_twice", "another_loop", "headers_too_long"])(
    "%s: leaves nothing behind",
    async (scenario) => {
      const env = { RABBITMQ_URL: bus().url };
      expect(await runPython(["endings.py", scenario], { env })).toBe("nothing left");
    },
  );

  test("a closing that nobody waits for any longer leaves nothing behind, though the broker hangs", async () => {
    const proxy = await startProxy(bus().url);
    const program = startPython(["endings.py", "give_up_closing"], { env: { RABBITMQ_URL: proxy.url } });
    await program.said("started");
    proxy.withhold();
    program.tell("silent now");
    expect(await program.ended, program.errors).toBe(0);
    await proxy.close();
  });

  test("what waits for its confirm when a broker hangs is sent again, and not told that it was cancelled", async () => {
    const proxy = await startProxy(bus().url);
    const shell = await startPublisher({}, { env: { RABBITMQ_URL: `${proxy.url}?heartbeat=1` } });
    await shell.start();
    proxy.withhold();
    const answer = await shell.publish("artifact.created", { artifact_type: "a", file_path: "/a" });
    expect(answer).toMatchObject({ event_id: expect.any(String) });
    expect(proxy.connections).toBe(2);
    await shell.close();
    await shell.stop();
    await proxy.close();
  });
});

test.skipIf(interpreter === undefined)(
  "a start that nobody waits for any longer is not gone on with",
  async () => {
    const silent = await startSilentServer();
    const { url, sockets } = silent;
    const program = startPython(["endings.py", "give_up_starting"], { env: { RABBITMQ_URL: url } });
    await program.said("asked");
    await eventually(() => sockets.length === 1);
    program.tell("give up");
    expect(await program.ended, program.errors).toBe(0);
    expect(sockets.length).toBe(1);
    silent.close();
  },
);

test
  .skipIf(interpreter === undefined)
  .for([
    "nonsense",
    "http://127.0.0.1:5672/",
    "amqp://guest:secret#1@127.0.0.1:5672/",
    "amqp://127.0.0.1:port/",
  ])("what no broker can have for its address is told at once: %s", async (url) => {
  const shell = await startPublisher({}, { env: { RABBITMQ_URL: url } });
  const answer = await shell.start();
  expect(answer).toMatchObject({
    error: "BROKER_UNREACHABLE",
    message: expect.stringMatching(/^Not the address of a broker: (?!.*secret)/),
  });
  await shell.stop();
});
