import path from "node:path";
import { describe, expect, test } from "vitest";
import { ajvCommand } from "../../src/command/ajv.js";
import { loadCatalog } from "../../src/index.js";
import { ownSchemasDir } from "../../src/schema/read-files.js";
import { temporaryFolder, write } from "../support/temporary.js";

const ready = path.join(ownSchemasDir, "fireflies/transcript.ready.v1.schema.json");

describe("the ajv command", () => {
  test("takes the schema alone, as the specification's workflow does", () => {
    const envelope = path.join(ownSchemasDir, "core/event-envelope.v1.schema.json");
    expect(ajvCommand(["validate", "-s", envelope])).toEqual({
      code: 0,
      out: `${envelope} valid\n`,
      err: "",
    });
  });

  test("checks data, with references found by themselves", () => {
    const example = loadCatalog().get("fireflies.transcript.ready")!.examples[0]!;
    const folder = write(temporaryFolder(), {
      "good.json": example,
      "bad.json": { ...example, event_id: 1 },
      "cut.json": "{",
    });
    const data = ["good.json", "bad.json", "cut.json"].map((name) => path.join(folder, name));
    const { code, out, err } = ajvCommand(["validate", "-s", ready, ...data.flatMap((file) => ["-d", file])]);
    expect(code).toBe(1);
    expect(out).toBe(`${data[0]} valid\n`);
    expect(err).toContain("/event_id must be a string, but is 1");
    expect(err).toContain(`${data[2]} invalid`);
  });

  test("says what is wrong with a schema, and where", () => {
    const folder = write(temporaryFolder(), {
      "a.json": { type: "text" },
      "b.json": { $ref: "nowhere.json" },
      "c.json": "[]",
      "d.json": { $id: "https://x.example/d.json", properties: { e: { $ref: "e.json" } } },
      "e.json": { $id: "https://x.example/e.json", type: "string" },
    });
    const run = (name: string, ...more: string[]) =>
      ajvCommand(["compile", "-s", path.join(folder, name), ...more]);
    expect(run("a.json")).toMatchObject({ code: 1, err: expect.stringContaining("/type") });
    expect(run("b.json")).toMatchObject({ code: 1, err: expect.stringContaining("/$ref") });
    expect(run("c.json")).toMatchObject({ code: 1, err: expect.stringContaining("no JSON object") });
    expect(run("d.json").code).toBe(1);
    expect(run("d.json", "-r", path.join(folder, "e.json")).code).toBe(0);
  });

  test.each([[], ["validate"], ["frob"], ["validate", "-s", "nowhere.json"], ["validate", "--frob"]])(
    "answers wrong usage with 2 and a reason (%#)",
    (...argv: string[]) => {
      expect(ajvCommand(argv)).toMatchObject({ code: 2, err: expect.stringMatching(/^error: /) });
    },
  );

  test("has a help page", () => {
    expect(ajvCommand(["--help"])).toMatchObject({ code: 0, out: expect.stringContaining("Exit codes") });
  });
});
