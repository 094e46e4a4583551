/** Every Python snippet of the docs, as it stands, against a whole platform on each engine. */
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
import { interpreter, type Program, startPython } from "./support/python.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const snippets = ["docs/how-to/python.md", "python/README.md"]
  .flatMap((file) => snippetsOf(path.join(root, file)).map((snippet) => ({ ...snippet, file })))
  .filter(({ language }) => language === "python");
const consumers = snippets.filter(({ note }) => note === "consumer");
const programs = snippets.filter(({ note }) => note === "");

for (const engine of engines)
  describe.skipIf(interpreter === undefined || !engine.available)(`the docs (Python, ${engine.name})`, () => {
    const folder = mkdtempSync(path.join(tmpdir(), "bloodbank-python-docs-"));
    const running: Program[] = [];
    let platform: RunningPlatform;
    let server: TestBus | undefined;

    beforeAll(async () => {
      // The platform brings its own broker, or is pointed at a virtual host of RabbitMQ.
      server = engine.name === "RabbitMQ" ? await engine.open() : undefined;
      platform = await runPlatform({
        args: ["--no-services"],
        ...(server && { env: { RABBITMQ_URL: server.url } }),
      });
    });
    afterAll(async () => {
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
      const publisher = new Publisher({ url: platform.amqp, catalog, source });
      await publisher.start();
      try {
        await eventually(async () => {
          if (program.exitCode !== null) throw new Error(program.errors);
          await publisher.publish("artifact.created", { artifact_type: "document", file_path: "/docs.md" });
          return program.lines.includes("got /docs.md");
        }, "the consumer");
      } finally {
        await publisher.close();
      }
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
  });

function inMain(code: string): string {
  const indented = code.split("\n").map((line) => `    ${line}`);
  return `import asyncio\n\nasync def main():\n${indented.join("\n")}\n\nasyncio.run(main())\n`;
}
