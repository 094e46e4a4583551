/**
 * From an idea to a running, checked consumer (the specification's third use case), in both languages: written,
 * registered, its contracts drafted, its own test run, started by `bb up`, and an event handled.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { eventually } from "../../../bloodbank/client/test/support/eventually.js";
import { engines } from "../support/engines.js";
import { copyProject, type Project } from "./support/project.js";

const python = process.env.TEST_PYTHON;
let project: Project | undefined;
const here = (): Project => {
  project ??= copyProject();
  return project;
};
afterAll(() => project?.remove());

async function good(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string> {
  const { code, out, err } = await here().bb(args, env);
  expect(code, `bb ${args.join(" ")}: ${err}${out}`).toBe(0);
  return out;
}

interface Handled {
  readonly service: string;
  /** What is published for it, one publication after the other, by `bb publish`. */
  readonly publish: readonly (readonly string[])[];
  readonly env: Readonly<Record<string, string>>;
  /** Of the service's folder. */
  readonly handler: string;
  /** What the handler's source is changed to while the service runs; its log says `greeted` from then on. */
  change(source: string): string;
  /** What the changed handler publishes. */
  readonly effect: string;
}

const says = (log: string, ...words: readonly string[]): boolean =>
  log.split("\n").some((line) => words.every((word) => line.includes(word)));

/**
 * Starts the platform with this service alone, publishes each type for it, and waits until its log says that it was
 * handled; then changes the handler, and waits until the new one has handled and published something.
 */
async function handles({ service, publish, env, handler, change, effect }: Handled) {
  const log = async () => (await here().bb(["service", "logs", service, "--json"])).out;
  const connected = (after?: number) =>
    eventually(async () => {
      const { services } = JSON.parse(await good(["service", "list", "--json"]));
      const { observed, process } = services.find(({ name }: { name: string }) => name === service);
      return observed?.connected === true && process.pid !== after && (process.pid as number);
    }, `${service} to be connected`);
  const source = path.join(here().folder, "services", service, handler);
  const original = readFileSync(source, "utf8");
  const stop = await here().up(["--only", service], env);
  try {
    const pid = await connected();
    for (const one of publish) {
      const id = (await good(["publish", ...one])).trim();
      const said = `handled ${one[0]}`;
      await eventually(async () => says(await log(), said, id), said);
    }
    expect((await here().bb(["topology"])).out).toMatch(new RegExp(`${service} +up`));
    const live = await here().bb(["service", "check", "--live", "--json"]);
    const findings: readonly { service?: string; severity: string }[] = JSON.parse(live.out).findings;
    expect(findings.filter((one) => one.service === service && one.severity === "error")).toEqual([]);

    writeFileSync(source, change(original));
    const second = await connected(pid);
    const id = (await good(["publish", ...(publish[0] ?? [])])).trim();
    const trace = await eventually(async () => {
      const { code, out } = await here().bb(["trace", id]);
      return code === 0 && out.includes(effect) && out;
    }, effect);
    expect(trace.indexOf(publish[0]?.[0] ?? "?")).toBeLessThan(trace.indexOf(effect));
    expect(says(await log(), "greeted ", id)).toBe(true);
    writeFileSync(source, original);
    await connected(second);
  } finally {
    await stop();
    writeFileSync(source, original);
  }
}

describe("a new service in TypeScript", () => {
  test("is written, registered, compiled and checked, with drafts of what it needs", async () => {
    const before = await good([
      "service",
      "new",
      "demo-greeter",
      "--consumes",
      "demo.greeting.requested",
      "--dry-run",
    ]);
    expect(before).not.toContain("producing");
    expect(before).toContain("would write services/demo-greeter/src/handler.ts");
    expect(existsSync(path.join(here().folder, "services/demo-greeter"))).toBe(false);
    const args = [
      "--consumes",
      "demo.greeting.requested,artifact.created",
      "--consumes",
      "worktree.*",
      "--produces",
      "demo.greeting.sent",
      "--description",
      'Says "hello".',
    ];
    const made = JSON.parse(await good(["service", "new", "demo-greeter", ...args, "--json"]));
    expect(made).toMatchObject({
      queue: "services.demo.greeter",
      contracts: ["demo.greeting.requested", "demo.greeting.sent"],
      written: true,
    });
    expect(made.steps.every(({ ok }: { ok: boolean }) => ok)).toBe(true);
    expect(await good(["service", "check"])).toMatch(/ 0 errors/);
    expect(await good(["schema", "lint"])).toContain("0 errors");
    expect(await good(["schema", "generate", "--check"])).toContain("up to date");
    expect(readFileSync(path.join(here().folder, "package-lock.json"), "utf8")).toContain(
      "services/demo-greeter",
    );
  });

  test("passes its own test", async () => {
    const vitest = path.join(here().folder, "node_modules/vitest/vitest.mjs");
    const { code, out, err } = await here().run(process.execPath, [vitest, "run", "services/demo-greeter"]);
    expect(code, out + err).toBe(0);
  });

  for (const engine of engines)
    test.skipIf(!engine.available)(
      `handles what it consumes, and is another at once when its handler is changed (${engine.name})`,
      async () => {
        const bus = await engine.open();
        try {
          await handles({
            service: "demo-greeter",
            env: bus.env,
            publish: [
              ["demo.greeting.requested", "-f", "id=a-1"],
              ["artifact.created", "-f", "artifact_type=document", "-f", "file_path=/tmp/a.md"],
              ["worktree.created", "-f", "repo=r", "-f", "branch=b", "-f", "path=/w"],
            ],
            handler: "src/handler.ts",
            change: (source) =>
              source
                .replace("`handled ", "`greeted ")
                .replace("{ log }: Means", "{ log, publisher }: Means")
                .replace("// await publisher", "await publisher")
                .replace("{ … }", '{ id: "sent" }'),
            effect: "demo.greeting.sent",
          });
        } finally {
          await bus.close();
        }
      },
      300_000,
    );

  test("goes on as it was when its handler does not compile, and the log says why", async () => {
    const source = path.join(here().folder, "services/demo-greeter/src/handler.ts");
    const original = readFileSync(source, "utf8");
    const stop = await here().up(["--only", "demo-greeter"], {});
    try {
      const state = async () => {
        const { services } = JSON.parse(await good(["service", "list", "--json"]));
        return services.find(({ name }: { name: string }) => name === "demo-greeter").process;
      };
      await eventually(async () => (await state()).state === "running", "the service");
      const { pid } = await state();
      writeFileSync(source, `${original}export const wrong: number = "text";\n`);
      await eventually(
        () => stop.output().includes("demo-greeter was changed and goes on as it was"),
        "a line",
      );
      expect(stop.output()).toContain("error TS2322");
      expect(await state()).toMatchObject({ pid, state: "running" });
      writeFileSync(source, original);
      await eventually(async () => (await state()).pid !== pid, "the new process");
    } finally {
      await stop();
      writeFileSync(source, original);
    }
  });

  test("is not written over what is there, nor with a name that is none", async () => {
    const again = await here().bb(["service", "new", "demo-greeter", "--consumes", "artifact.created"]);
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining("there already") });
    const name = await here().bb(["service", "new", "Demo Greeter", "--consumes", "artifact.created"]);
    expect(name).toMatchObject({ code: 2, err: expect.stringContaining("kebab-case") });
    const type = await here().bb(["service", "new", "other", "--consumes", "Artifact"]);
    expect(type).toMatchObject({ code: 2, err: expect.stringContaining("artifact.created") });
    const missing = await here().bb(["service", "new"]);
    expect(missing).toMatchObject({ code: 2, err: expect.stringContaining("--consumes") });
    const layer = await here().bb([
      "service",
      "new",
      "other",
      "--consumes",
      "artifact.*",
      "--layer",
      "attic",
    ]);
    expect(layer).toMatchObject({ code: 2, err: expect.stringContaining("processors") });
    expect(existsSync(path.join(here().folder, "services/other"))).toBe(false);
  });
});

describe.skipIf(python === undefined)("a new service in Python", () => {
  // `python3` in the registry's command is the one that has the packages already, so run.py installs nothing.
  const env = () => ({
    PATH: `${path.dirname(python ?? "")}${path.delimiter}${process.env.PATH}`,
    PYTHONPATH: ["python/src", "holyfields/generated/python"]
      .map((place) => path.join(here().folder, place))
      .join(path.delimiter),
  });

  test("is written, registered and checked, and passes its own test", async () => {
    const args = ["artifact-admirer", "--language", "python", "--produces", "demo.admiration.expressed"];
    await good(["service", "new", ...args, "--consumes", "artifact.created,demo.wonder.seen"]);
    const folder = path.join(here().folder, "services/artifact-admirer");
    expect(readFileSync(path.join(folder, "src/events.py"), "utf8")).toContain(
      "Incoming = ArtifactCreated | DemoWonderSeen",
    );
    expect(await good(["service", "check"])).toMatch(/ 0 errors/);
    const { code, out, err } = await here().run(
      python ?? "",
      ["-m", "pytest", "-q", "--rootdir", folder, "-c", path.join(folder, "pyproject.toml"), folder],
      env(),
    );
    expect(code, out + err).toBe(0);
    expect(out).toContain("2 passed");
  });

  for (const engine of engines)
    test.skipIf(!engine.available)(
      `handles what it consumes, and is another at once when its handler is changed (${engine.name})`,
      async () => {
        const bus = await engine.open();
        try {
          await handles({
            service: "artifact-admirer",
            env: { ...bus.env, ...env() },
            publish: [
              ["artifact.created", "-f", "artifact_type=document", "-f", "file_path=/tmp/a.md"],
              ["demo.wonder.seen", "-f", "id=a-1"],
            ],
            handler: "src/handler.py",
            change: (source) =>
              source
                .replace('"handled ', '"greeted ')
                .replace("# await publish", "await publish")
                .replace("{…}", '{"id": "sent"}'),
            effect: "demo.admiration.expressed",
          });
        } finally {
          await bus.close();
        }
      },
      300_000,
    );

  test("is asked for what is not given, where somebody sits at a terminal", async () => {
    // Enter takes what is offered: the domain, and TypeScript.
    const answers = ["demo-asker", "artifact.created artifact.updated", "", "", ""];
    const typist = path.join(import.meta.dirname, "support/typist.py");
    const bb = [process.execPath, path.join(here().folder, "platform/bin/bb.mjs")];
    const command = [...bb, "service", "new", "--dry-run"];
    const { code, out, err } = await here().run(python ?? "", [typist, JSON.stringify(answers), ...command]);
    expect(code, out + err).toBe(0);
    expect(out).toContain("would write services/demo-asker/src/handler.ts");
    expect(out).toContain("services.{domain}.{name}");
  });
});
