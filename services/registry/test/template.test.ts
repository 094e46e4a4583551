/** A new service from its template: rendered, registered, tested, and (where Python is there) run against a bus. */
import { execFile, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type BusOptions, Publisher } from "@33god/bloodbank";
import { afterEach, describe, expect, test } from "vitest";
import { engines } from "../../../bloodbank/client/test/support/engines.js";
import { eventually } from "../../../bloodbank/client/test/support/eventually.js";
import { catalog } from "../../service-kit/test/support/catalog.js";
import { queueName, renderTemplate, withExternalProducer, withService } from "../src/index.js";
import type { TemplateValues } from "../src/template/render.js";

const home = fileURLToPath(new URL("../../", import.meta.url));
const values = {
  service: "artifact-greeter",
  description: 'Greets every "new" artifact.',
  queue: queueName("artifact", "artifact-greeter"),
  consumes: ["artifact.created"],
  produces: [],
};
const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function write(language: "typescript" | "python", into: string, wanted: TemplateValues = values): string {
  const folder = mkdtempSync(path.join(into, ".artifact-greeter-"));
  made.push(folder);
  for (const file of renderTemplate(path.join(home, "templates/generic-consumer", language), wanted)) {
    mkdirSync(path.dirname(path.join(folder, file.path)), { recursive: true });
    writeFileSync(path.join(folder, file.path), file.content);
  }
  return folder;
}

test("a queue is named by its domain and its service", () => {
  expect(queueName("fireflies", "fireflies-transcript-rag")).toBe("services.fireflies.transcript_rag");
  expect(queueName("llm", "cost-calculator")).toBe("services.llm.cost_calculator");
});

test.each(["typescript", "python"] as const)("nothing is left to fill in (%s)", (language) => {
  const files = renderTemplate(path.join(home, "templates/generic-consumer", language), values);
  expect(files.length).toBeGreaterThan(5);
  for (const { content } of files) expect(content).not.toMatch(/__[A-Z_]+__/);
});

const several = {
  ...values,
  consumes: [
    "fireflies.transcript.processed",
    "fireflies.transcript.failed",
    "theboard.meeting.comment_extracted",
  ],
  produces: ["artifact.updated", "demo.greeting.sent"],
};

test.each([
  ["one event", values],
  ["several events, and something to publish", several],
])("the TypeScript is formatted as the house has it (%s)", (_, wanted) => {
  const biome = path.resolve(home, "../node_modules/@biomejs/biome/bin/biome");
  for (const file of renderTemplate(path.join(home, "templates/generic-consumer/typescript"), wanted)) {
    if (!file.path.endsWith(".ts")) continue;
    const args = [biome, "format", "--stdin-file-path", `services/greeter/${file.path}`];
    const { stdout } = spawnSync(process.execPath, args, { input: file.content, encoding: "utf8" });
    expect(stdout).toBe(file.content);
  }
});

test("what is consumed and published stands in the files that need it, once for each", () => {
  const content = (language: string, name: string) =>
    renderTemplate(path.join(home, "templates/generic-consumer", language), several).find(
      (file) => file.path === name,
    )?.content ?? "";
  expect(content("typescript", "README.md")).toMatch(/- publishes `artifact.updated`\n- publishes `demo/);
  expect(content("typescript", "src/service.ts")).toContain("new Publisher(bus)");
  expect(content("python", "src/events.py")).toContain(
    '"theboard.meeting.comment_extracted": TheboardMeetingCommentExtracted,',
  );
  expect(content("python", "src/handler.py")).toContain('# await publish("demo.greeting.sent"');
});

test("the registry takes the new service, and keeps its comments", () => {
  const text = readFileSync(path.join(home, "registry.yaml"), "utf8");
  const entry = {
    name: values.service,
    description: values.description,
    type: "event-consumer",
    layer: "processors",
    queue_name: values.queue,
    routing_keys: values.consumes,
    status: "active",
    owner: "33GOD",
    run: { folder: values.service, command: ["node", "dist/main.js"] },
  } as const;
  const grown = withService(text, entry);
  expect(grown).toContain("# Who produces and who consumes what.");
  expect(grown).toContain("  artifact.created:\n    - artifact-greeter\n");
  expect(() => withService(grown, entry)).toThrow(RangeError);
});

test("an event type that nobody produces is put under external, once", () => {
  const text = readFileSync(path.join(home, "registry.yaml"), "utf8");
  const grown = withExternalProducer(text, "demo.greeting.requested");
  expect(grown).toMatch(/ {2}external:\n[\s\S]*- demo\.greeting\.requested\n/);
  expect(grown).toContain("# Who produces and who consumes what.");
  expect(withExternalProducer(grown, "demo.greeting.requested")).toBe(grown);
  expect(() => withExternalProducer("services: {}", "demo.greeting.requested")).toThrow(RangeError);
});

const python = process.env.TEST_PYTHON;
describe.skipIf(python === undefined)("the Python template (Python)", () => {
  // What run.py installs into the service's own environment is here on the path instead.
  const house = path.resolve(home, "..");
  const env = {
    ...process.env,
    PYTHONDONTWRITEBYTECODE: "1",
    PYTHONPATH: ["python/src", "holyfields/generated/python"]
      .map((f) => path.join(house, f))
      .join(path.delimiter),
  };

  test("its own test passes", async () => {
    const folder = write("python", tmpdir());
    const { stdout } = await promisify(execFile)(
      python ?? "",
      ["-m", "pytest", "-q", "-p", "no:cacheprovider"],
      {
        cwd: folder,
        env,
      },
    );
    expect(stdout).toContain("1 passed");
  });

  test("passes mypy --strict, with one event, with several, and with a pattern", () => {
    const cache = mkdtempSync(path.join(tmpdir(), ".mypy-"));
    made.push(cache);
    for (const wanted of [values, several, { ...several, consumes: ["artifact.created", "theboard.#"] }]) {
      const folder = write("python", tmpdir(), wanted);
      const run = spawnSync(python ?? "", ["-m", "mypy", "--strict", "--cache-dir", cache, "src"], {
        cwd: folder,
        env: { ...env, MYPYPATH: env.PYTHONPATH },
        encoding: "utf8",
      });
      expect(run.stdout.trim()).toMatch(/^Success: no issues found/);
    }
  });

  test("its handler is typed with the model that Holyfields generated", async () => {
    const folder = write("python", tmpdir());
    const { stdout } = await promisify(execFile)(
      python ?? "",
      [
        "-c",
        "from src.handler import handle; import inspect; print(inspect.get_annotations(handle)['event'])",
      ],
      { cwd: folder, env },
    );
    expect(stdout).toContain("ArtifactCreated");
  });

  for (const engine of engines)
    test.skipIf(!engine.available)(`an event reaches it (${engine.name})`, async () => {
      const folder = write("python", tmpdir());
      const bus = await engine.open();
      const options: BusOptions = {
        url: bus.url,
        catalog,
        source: { host: "test", type: "manual", app: "template" },
      };
      const publisher = new Publisher(options);
      const log: string[] = [];
      const service = spawn(python ?? "", ["run.py"], {
        cwd: folder,
        env: { ...env, RABBITMQ_URL: bus.url },
        stdio: ["ignore", "pipe", "pipe", "ipc"],
      });
      const states: unknown[] = [];
      service.on("message", (message) => states.push(message));
      service.stderr?.on("data", (text) => log.push(String(text)));
      service.stdout?.on("data", (text) => log.push(String(text)));
      const gone = new Promise((resolve) => service.once("exit", resolve));
      try {
        await publisher.start();
        const { event } = await eventually(async () => {
          if (service.exitCode !== null) throw new Error(log.join(""));
          const published = await publisher.publish("artifact.created", {
            artifact_type: "document",
            file_path: "/a",
          });
          return published.routed && published;
        }, "the queue");
        await eventually(
          () => log.join("").includes(`handled artifact.created ${event.event_id}`),
          "the event",
        );
        // As `bb up` hears of it, and ends it.
        await eventually(() => JSON.stringify(states).includes('"connected"'), "its state");
        service.send({ bloodbank: "ping" });
        await eventually(() => JSON.stringify(states).includes('"pong"'), "its answer to a ping");
        service.disconnect();
        expect(await gone).toBe(0);
        for (const line of log.join("").trim().split("\n"))
          expect(JSON.parse(line)).toMatchObject({ name: values.service, msg: expect.any(String) });
      } finally {
        service.kill("SIGTERM");
        await gone;
        await publisher.close();
        await bus.close();
      }
    });
});
