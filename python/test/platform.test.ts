/** A Python consumer that the platform has never heard of, and what the platform does for it, on each engine. */
import { Publisher } from "@33god/bloodbank";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../../bloodbank/client/test/support/eventually.js";
import { type RunningPlatform, runPlatform } from "../../platform/test/support/running-platform.js";
import { catalog, engines, source, type TestBus } from "./support/bus.js";
import { interpreter, type Program, runPython, startPython } from "./support/python.js";

const queue = "services.my.stranger";

for (const engine of engines)
  describe.skipIf(interpreter === undefined || !engine.available)(
    `the platform and a FastStream consumer (Python, ${engine.name})`,
    () => {
      let server: TestBus | undefined;
      let platform: RunningPlatform;
      let consumer: Program;
      let publisher: Publisher;

      beforeAll(async () => {
        server = engine.name === "RabbitMQ" ? await engine.open() : undefined;
        platform = await runPlatform({
          args: ["--no-services"],
          ...(server && { env: { RABBITMQ_URL: server.url } }),
        });
        consumer = startPython(["faststream_consumer.py"], {
          env: { RABBITMQ_URL: platform.amqp, QUEUE: queue },
        });
        await consumer.said("ready");
        publisher = new Publisher({ url: platform.amqp, catalog, source });
        await publisher.start();
      });
      afterAll(async () => {
        await publisher?.close();
        await consumer?.stop();
        await platform?.stop();
        await server?.close();
      });

      const ask = async <T>(where: string): Promise<T> =>
        (await (await fetch(`${platform.http}${where}`)).json()) as T;

      test("its queue gets dead letters, and what it rejects is shown there with the whole event", async () => {
        await eventually(
          async () => JSON.stringify(await ask("/api/v1/dead-letters/policies")).includes(queue),
          "the policy",
        );
        const { event } = await publisher.publish("artifact.created", {
          artifact_type: "document",
          file_path: "/broken.md",
        });
        const letters = () =>
          ask<{ dead_letters: { event_id: string }[] }>(`/api/v1/dead-letters?queue=${queue}`);
        const letter = await eventually(
          async () => (await letters()).dead_letters.find(({ event_id }) => event_id === event.event_id),
          "the dead letter",
        );
        expect(letter).toMatchObject({ queue, dead_letter_queue: `${queue}.dlq`, code: "REJECTED", event });
      });

      test("what it rejected comes back to it when it is redriven", async () => {
        const failures = () => consumer.lines.filter((line) => line.startsWith("failed ")).length;
        expect(failures()).toBe(1);
        const answer = await fetch(`${platform.http}/api/v1/dead-letters/redrive`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ queue, reason: "it is well again" }),
        });
        expect(answer.status, await answer.text()).toBeLessThan(300);
        await eventually(() => failures() === 2, "the second failure");
      });

      test("`get_correlation_chain` says what is not there", async () => {
        const said = await runPython([
          "-c",
          `
import asyncio, sys
from event_producers import BloodbankError, get_correlation_chain
try:
    asyncio.run(get_correlation_chain("0190f5c4-7b1e-7c3a-8f00-0000000000ff", url=sys.argv[1], patience=0))
except BloodbankError as error:
    print(error.code)
try:
    asyncio.run(get_correlation_chain("0190f5c4-7b1e-7c3a-8f00-0000000000ff", url="http://127.0.0.1:1"))
except BloodbankError as error:
    print(error.code)
`,
          platform.http,
        ]);
        expect(said.split("\n")).toEqual(["EVENT_NOT_FOUND", "PLATFORM_UNREACHABLE"]);
      });
    },
  );
