/**
 * Python against a whole platform, on each engine: every snippet of the docs, as it stands, and a consumer that the
 * platform has never heard of.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Publisher } from "@33god/bloodbank";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../../bloodbank/client/test/support/eventually.js";
import { snippetsOf } from "../../docs/test/snippets.js";
import { type RunningPlatform, runPlatform } from "../../platform/test/support/running-platform.js";
import { catalog, engines, source, type TestBus } from "./support/bus.js";
import { interpreter, type Program, runPython, startPython } from "./support/python.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const snippets = ["docs/how-to/python.md", "python/README.md"]
  .flatMap((file) => snippetsOf(path.join(root, file)).map((snippet) => ({ ...snippet, file })))
  .filter(({ language }) => language === "python");
const consumers = snippets.filter(({ note }) => note === "consumer");
const programs = snippets.filter(({ note }) => note === "");

for (const engine of engines)
  describe.skipIf(interpreter === undefined || !engine.available)(
    `the platform (Python, ${engine.name})`,
    () => {
      let folder: string;
      const running: Program[] = [];
      let platform: RunningPlatform;
      let server: TestBus | undefined;
      let publisher: Publisher;

      beforeAll(async () => {
        folder = mkdtempSync(path.join(tmpdir(), "bloodbank-python-docs-"));
        // The platform brings its own broker, or is pointed at a virtual host of RabbitMQ.
        server = engine.name === "RabbitMQ" ? await engine.open() : undefined;
        platform = await runPlatform({
          args: ["--no-services"],
          ...(server && { env: { RABBITMQ_URL: server.url } }),
        });
        publisher = new Publisher({ url: platform.amqp, catalog, source });
        await publisher.start();
      });
      afterAll(async () => {
        await publisher?.close();
        for (const program of running) await program.stop();
        await platform?.stop();
        await server?.close();
        rmSync(folder, { recursive: true, force: true });
      });

      function run({ line, code }: { line: number; code: string }): Program {
        const file = path.join(folder, `line_${line}.py`);
        // README.md shows the heart of a program; the rest is what stands around it everywhere.
        writeFileSync(file, code.includes("asyncio.run(") ? code : inMain(code));
        const env = { RABBITMQ_URL: platform.amqp, BLOODBANK_DATA_DIR: path.join(platform.folder, "data") };
        const program = startPython([file], { env, cwd: folder });
        running.push(program);
        return program;
      }

      test.each(consumers)("$file, line $line: consumes", async (snippet) => {
        const program = run(snippet);
        await eventually(async () => {
          if (program.exitCode !== null) throw new Error(program.errors);
          await publisher.publish("artifact.created", { artifact_type: "document", file_path: "/docs.md" });
          return program.lines.includes("got /docs.md");
        }, "the consumer");
      });

      test.each(programs)("$file, line $line: runs", async (snippet) => {
        const program = run(snippet);
        expect(await program.ended, program.errors).toBe(0);
        expect(program.errors).toBe("");
      });

      test("and the consumers got what the programs published", async () => {
        for (const program of running.slice(0, consumers.length))
          await eventually(() => program.lines.includes("got /vault/a.md"), "what was published");
      });

      describe("and a FastStream consumer that it has never heard of", () => {
        const queue = "services.my.stranger";
        let consumer: Program;
        beforeAll(async () => {
          consumer = startPython(["faststream_consumer.py"], {
            env: { RABBITMQ_URL: platform.amqp, QUEUE: queue },
          });
          await consumer.said("ready");
        });
        afterAll(() => consumer?.stop());

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
      });
    },
  );

function inMain(code: string): string {
  const indented = code.split("\n").map((line) => `    ${line}`);
  return `import asyncio\n\nasync def main():\n${indented.join("\n")}\n\nasyncio.run(main())\n`;
}
