/**
 * From an idea to a running, checked consumer (the specification's third use case), in both languages: written,
 * registered, its contracts drafted, its own test run, started by `bb up`, and an event handled.
 */
import { existsSync, readFileSync } from "node:fs";
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

/** Starts the platform with this service alone, publishes for it, and waits until its log says that it was handled. */
async function handles(service: string, publish: readonly string[], env: Readonly<Record<string, string>>) {
  const stop = await here().up(["--only", service], env);
  try {
    await eventually(
      async () => {
        const { services } = JSON.parse(await good(["service", "list", "--json"]));
        const { observed } = services.find(({ name }: { name: string }) => name === service);
        return observed?.connected === true;
      },
      `${service} to be connected`,
      60_000,
    );
    const id = (await good(["publish", ...publish])).trim();
    await eventually(
      async () => (await here().bb(["service", "logs", service, "--json"])).out.includes(id),
      `${service} to handle it`,
    );
    expect((await here().bb(["topology"])).out).toMatch(new RegExp(`${service} +up`));
    const live = await here().bb(["service", "check", "--live", "--json"]);
    const findings: readonly { service?: string; severity: string }[] = JSON.parse(live.out).findings;
    expect(findings.filter((one) => one.service === service && one.severity === "error")).toEqual([]);
  } finally {
    await stop();
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
    expect(before).toContain("would write services/demo-greeter/src/handler.ts");
    expect(existsSync(path.join(here().folder, "services/demo-greeter"))).toBe(false);
    const args = [
      "--consumes",
      "demo.greeting.requested",
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
  }, 120_000);

  test("passes its own test", async () => {
    const vitest = path.join(here().folder, "node_modules/vitest/vitest.mjs");
    const { code, out, err } = await here().run(process.execPath, [vitest, "run", "services/demo-greeter"]);
    expect(code, out + err).toBe(0);
  }, 120_000);

  for (const engine of engines)
    test.skipIf(!engine.available)(
      `handles an event (${engine.name})`,
      async () => {
        const bus = await engine.open();
        try {
          await handles("demo-greeter", ["demo.greeting.requested", "-f", "id=a-1"], bus.env);
        } finally {
          await bus.close();
        }
      },
      120_000,
    );

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
    const args = ["artifact-admirer", "--consumes", "artifact.created", "--language", "python"];
    await good(["service", "new", ...args]);
    expect(await good(["service", "check"])).toMatch(/ 0 errors/);
    const folder = path.join(here().folder, "services/artifact-admirer");
    const { code, out, err } = await here().run(
      python ?? "",
      ["-m", "pytest", "-q", "--rootdir", folder, "-c", path.join(folder, "pyproject.toml"), folder],
      env(),
    );
    expect(code, out + err).toBe(0);
  }, 120_000);

  for (const engine of engines)
    test.skipIf(!engine.available)(
      `handles an event (${engine.name})`,
      async () => {
        const bus = await engine.open();
        try {
          const payload = ["artifact.created", "-f", "artifact_type=document", "-f", "file_path=/tmp/a.md"];
          await handles("artifact-admirer", payload, { ...bus.env, ...env() });
        } finally {
          await bus.close();
        }
      },
      120_000,
    );
});
