/** `bb schema` on the real contracts and on files of its own. */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { root } from "../support/running-platform.js";
import { bb } from "./support/bb.js";

const folder = mkdtempSync(path.join(tmpdir(), "bb-schema-"));
const schemas = path.join(folder, "holyfields", "schemas");
cpSync(path.join(root, "holyfields", "schemas"), schemas, { recursive: true });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const here = { cwd: folder };
const contract = path.join(schemas, "artifact", "created.v1.schema.json");
const original = readFileSync(contract, "utf8");
function file(name: string, content: unknown): string {
  const target = path.join(folder, name);
  writeFileSync(target, typeof content === "string" ? content : JSON.stringify(content));
  return target;
}

describe("looking", () => {
  test("list names the event types, all or those with a word", async () => {
    const { code, out } = await bb(["schema", "list", "--json"], here);
    expect(code).toBe(0);
    expect(JSON.parse(out).contracts.length).toBeGreaterThan(40);
    const some = await bb(["schema", "list", "converged"], here);
    expect(some.out).toContain("theboard.meeting.converged");
    expect(some.out).not.toContain("artifact.created");
    expect((await bb(["schema", "list", "no such word"], here)).code).toBe(1);
  });

  test("show tells the fields, an example that validates, or the schema itself", async () => {
    const { out } = await bb(["schema", "show", "theboard.meeting.created"], here);
    expect(out).toMatch(/^meeting_id\* +string \(uuid\)/m);
    expect(out).toMatch(/^strategy\* +string +simple \| multi_agent/m);
    const schema = JSON.parse((await bb(["schema", "show", "artifact.created", "--json"], here)).out);
    expect(schema).toEqual(JSON.parse(original));
    const example = JSON.parse((await bb(["schema", "show", "artifact.created", "--example"], here)).out);
    expect(example.event_type).toBe("artifact.created");
  });

  test("a type or a version that is not there names what is", async () => {
    const near = await bb(["schema", "show", "artifact.craeted"], here);
    expect(near).toMatchObject({ code: 1, err: expect.stringContaining("artifact.created") });
    const version = await bb(["schema", "show", "artifact.created", "v9"], here);
    expect(version).toMatchObject({ code: 1, err: expect.stringContaining("there is v1") });
  });
});

describe("writing", () => {
  test("new writes a draft that lints, then the next version of it", async () => {
    expect((await bb(["schema", "new", "artifact.greeted", "--owner", "tests"], here)).code).toBe(0);
    expect(existsSync(path.join(schemas, "artifact", "greeted.v1.schema.json"))).toBe(true);
    const next = await bb(["schema", "new", "artifact.greeted", "--dry-run", "--json"], here);
    expect(JSON.parse(next.out)).toMatchObject({ version: "v2", written: false });
    const lint = await bb(["schema", "lint"], here);
    expect(lint.out).toContain("0 errors");
    expect(lint.code).toBe(0);
    expect(await bb(["schema", "new", "Not A Type"], here)).toMatchObject({ code: 65 });
    expect((await bb(["schema", "new", "artifact.greeted", "--schema-version", "v1"], here)).code).toBe(65);
  });

  test("lint names file, place and what to do", async () => {
    writeFileSync(contract, original.replace('"title"', '"x-titel"'));
    const { code, out } = await bb(["schema", "lint"], here);
    writeFileSync(contract, original);
    expect(code).toBe(1);
    expect(out).toMatch(/artifact\/created\.v1\.schema\.json.*error/);
  });

  test("generate writes code for any folder, and tells what is out of date", async () => {
    const from = path.join(folder, "any");
    mkdirSync(from, { recursive: true });
    const thing = {
      $id: "https://example.org/thing.json",
      title: "Thing",
      type: "object",
      properties: { a: { type: "string", description: "A." } },
      description: "A thing.",
    };
    writeFileSync(path.join(from, "thing.json"), JSON.stringify(thing));
    const to = path.join(folder, "out");
    const args = ["schema", "generate", "--from", from, "--to", to, "--target", "zod"];
    expect((await bb([...args, "--check"], here)).code).toBe(1);
    expect(existsSync(to)).toBe(false);
    expect(await bb(args, here)).toMatchObject({ code: 0 });
    expect(readdirSync(to, { recursive: true }).length).toBeGreaterThan(0);
    expect((await bb([...args, "--check"], here)).code).toBe(0);
    expect((await bb(["schema", "generate", "--from", from], here)).code).toBe(2);
  });

  test("docs are a site with a page for each contract", async () => {
    const site = path.join(folder, "site");
    const { code } = await bb(["schema", "docs", site, "--asyncapi"], { cwd: root });
    expect(code).toBe(0);
    expect(readFileSync(path.join(site, "index.html"), "utf8")).toContain("artifact.created");
    expect(readFileSync(path.join(site, "artifact.created.v1.html"), "utf8")).toContain(
      "fireflies-transcript-processor",
    );
    expect(JSON.parse(readFileSync(path.join(site, "asyncapi.json"), "utf8")).asyncapi).toMatch(/^3\./);
  });
});

describe("changing", () => {
  const wide = { type: "object", properties: { a: { type: "string" } } };
  const narrow = { type: "object", properties: { a: { type: "string", maxLength: 3 } } };

  test("compare gives Confluent's verdict, and an event that shows it", async () => {
    const [old, now] = [file("old.json", wide), file("new.json", narrow)];
    const { code, out } = await bb(["schema", "compare", old, now, "--json"], here);
    expect(code).toBe(1);
    const { compatible, findings } = JSON.parse(out);
    expect(compatible).toBe(false);
    expect(findings[0]).toMatchObject({
      pointer: "/properties/a/maxLength",
      witness: { a: expect.any(String) },
    });
    expect((await bb(["schema", "compare", now, old], here)).code).toBe(0);
    expect((await bb(["schema", "compare", now, old, "--mode", "FORWARD"], here)).code).toBe(1);
    expect((await bb(["schema", "compare", old, now, "--mode", "SIDEWARD"], here)).code).toBe(2);
  });

  test("what is not a schema is refused", async () => {
    const good = file("good.json", wide);
    expect((await bb(["schema", "compare", good, "/nope.json"], here)).code).toBe(66);
    expect((await bb(["schema", "compare", good, file("bad.json", "{")], here)).code).toBe(65);
    expect((await bb(["schema", "compare", good, file("list.json", "[]")], here)).code).toBe(65);
  });

  const deep = `${'{"not":'.repeat(10_000)}true${"}".repeat(10_000)}`;
  test.each([
    ["a member twice", '{"type":"object","type":"string"}', /twice/],
    ["a byte order mark", "\uFEFF{}", /byte order mark/],
    ["what is not UTF-8", Buffer.from([0x7b, 0xff, 0x7d]), /UTF-8/],
    ["10,000 levels", deep, /deeper/],
    ["a $ref that leads in a circle", '{"allOf":[{"$ref":"#"}]}', /back to itself/],
    ["a $ref that leads nowhere", '{"$ref":"https://example.com/nothing.json"}', /leads to nothing/],
    ["a pattern that takes exponential time", '{"pattern":"^(a+)+$"}', /exponential/],
  ])(
    "a schema with %s is refused with a reason by lint, compare, diff and generate",

    async (_, content, reason) => {
      const bad = path.join(folder, "bad");
      rmSync(bad, { recursive: true, force: true });
      mkdirSync(bad);
      const name = path.join(bad, "bad.schema.json");
      writeFileSync(name, content);
      const unreadable = /twice|mark|UTF|deeper/.test(reason.source);
      for (const [args, code] of [
        [["lint", "--schemas", bad], 1],
        [["compare", name, name], 65],
        ...(unreadable ? [[["diff", name, name], 65] as const] : []),
        [["generate", "--from", bad, "--to", path.join(folder, "never"), "--target", "zod"], 65],
        [["list", "--schemas", bad], 65],
      ] as const) {
        const ended = await bb(["schema", ...args], here);
        expect(ended.out + ended.err, args[0]).toMatch(reason);
        expect(ended.code, args[0]).toBe(code);
      }
      expect(existsSync(path.join(folder, "never"))).toBe(false);
    },
  );

  test("lint of a folder without a schema is not clean: it is another folder than was meant", async () => {
    const empty = path.join(folder, "empty");
    mkdirSync(empty, { recursive: true });
    expect(await bb(["schema", "lint", "--schemas", empty], here)).toMatchObject({
      code: 66,
      out: "",
      err: expect.stringContaining(`${empty} holds no schema`),
    });
    for (const command of ["lint", "list"])
      expect(await bb(["schema", command, "--schemas", file("a.json", wide)], here), command).toMatchObject({
        code: 66,
        err: expect.stringMatching(/there is no folder .*a\.json/),
      });
  });

  test("diff reads like a changelog", async () => {
    const { out } = await bb(["schema", "diff", file("old.json", wide), file("new.json", narrow)], here);
    expect(out).toMatch(/### /);
    expect(out).toContain("a");
  });

  test("check names what a change of the contracts breaks, and whom, against git, a folder and the ledger", async () => {
    const git = (...args: string[]) => {
      const { status, stderr } = spawnSync(
        "git",
        ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args],
        { cwd: folder, encoding: "utf8" },
      );
      expect(status, stderr).toBe(0);
    };
    git("init", "-q");
    git("add", "holyfields");
    git("commit", "-qm", "before");
    const before = path.join(folder, "before");
    cpSync(schemas, before, { recursive: true });
    const schema = JSON.parse(original);
    schema.properties.payload.properties.file_path.maxLength = 4;
    writeFileSync(contract, JSON.stringify(schema, null, 2));
    mkdirSync(path.join(folder, "services"), { recursive: true });
    for (const name of ["registry.yaml", "registry.schema.json"])
      cpSync(path.join(root, "services", name), path.join(folder, "services", name));
    for (const against of [["--against", "HEAD"], ["--against", before], []]) {
      const { code, out } = await bb(["schema", "check", ...against, "--json"], here);
      expect(code, out).toBe(1);
      const { compatible, subjects } = JSON.parse(out);
      expect(compatible).toBe(false);
      const [broken] = subjects.filter((one: { compatible: boolean | null }) => one.compatible === false);
      expect(broken).toMatchObject({ subject: "artifact.created.v1", change: "changed" });
      expect(broken.impact.consumers).toContain("event-store-manager");
    }
    const { out } = await bb(["schema", "check", "--against", "HEAD"], here);
    expect(out).toMatch(/artifact\.created\.v1 changed: incompatible/);
    writeFileSync(contract, original);
    expect((await bb(["schema", "check", "--against", "HEAD"], here)).code).toBe(0);
    expect((await bb(["schema", "check", "--against", "no-such-branch"], here)).code).toBe(65);
  });
});
