/**
 * The official test suite of JSON Schema 2020-12 (`../json-schema-suite`): for each case either all engines give the
 * suite's verdict, or the schema is refused, by lint and the generators, with a reason. Of patterns that the
 * generators write in Python's own way lint alone refuses: Python's jsonschema reads them as they stand.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadSchemaSet } from "../../src/catalog/load.js";
import { HolyfieldsError } from "../../src/errors.js";
import { generate } from "../../src/generate/generate.js";
import { fileTitle } from "../../src/generate/names.js";
import { isObject } from "../../src/json/value.js";
import { unportable } from "../../src/schema/pattern.js";
import { patternsOf } from "../../src/schema/walk.js";
import { type Case, judge } from "./engines.js";

interface Group {
  readonly from: string;
  readonly description: string;
  readonly schema: unknown;
  readonly tests: readonly {
    readonly description: string;
    readonly data: unknown;
    readonly valid: boolean;
  }[];
}

const DRAFT = "https://json-schema.org/draft/2020-12/schema";
const suite = path.join(import.meta.dirname, "../json-schema-suite");

function groupsOf(folder: string): readonly Group[] {
  return readdirSync(path.join(suite, folder))
    .filter((name) => name.endsWith(".json"))
    .sort()
    .flatMap((name) =>
      (JSON.parse(readFileSync(path.join(suite, folder, name), "utf8")) as Omit<Group, "from">[]).map(
        (group) => ({ ...group, from: path.posix.join(folder, name) }),
      ),
    );
}

/** A schema file is an object: `true` becomes `{"allOf": [true]}`, which says the same. */
const asFile = (schema: unknown, name: string): Record<string, unknown> => {
  const object = isObject(schema) ? schema : { allOf: [schema] };
  return {
    ...(typeof object.$id !== "string" && { $id: `https://suite.invalid/${name}` }),
    ...(typeof object.$schema !== "string" && { $schema: DRAFT }),
    ...object,
  };
};

let workspace: string;
beforeAll(() => {
  workspace = mkdtempSync(path.join(import.meta.dirname, ".proof-"));
});
afterAll(() => rmSync(workspace, { recursive: true, force: true }));

/** Why a generator refuses a schema, or undefined. */
function refusal(name: string, schema: Record<string, unknown>): string | undefined {
  const alone = path.join(workspace, "alone");
  rmSync(alone, { recursive: true, force: true });
  mkdirSync(alone, { recursive: true });
  writeFileSync(path.join(alone, name), JSON.stringify(schema));
  const reasons = (["zod", "pydantic"] as const).map((target) => {
    try {
      generate({ target, from: alone });
      return undefined;
    } catch (error) {
      if (!(error instanceof HolyfieldsError)) throw error;
      expect(error.hint).not.toBe("");
      return error.code;
    }
  });
  expect(new Set(reasons).size).toBe(1);
  return reasons[0];
}

interface Outcome {
  readonly cases: number;
  /** Cases by the code of the refusal. */
  readonly refused: Readonly<Record<string, number>>;
  /** Cases that jsonschema is not asked about. */
  readonly withoutJsonschema: number;
  readonly wrong: readonly string[];
}

interface Judged {
  readonly group: Group;
  readonly name: string;
  readonly schema: Record<string, unknown>;
}

async function run(groups: readonly Group[], part: string): Promise<Outcome> {
  const refused: Record<string, number> = {};
  // Files of one set have an $id each: a second one goes into the next batch.
  const batches: Judged[][] = [];
  for (const [index, group] of groups.entries()) {
    const name = `s${String(index).padStart(4, "0")}.schema.json`;
    const schema = asFile(group.schema, name);
    const reason = refusal(name, schema);
    if (reason !== undefined) {
      refused[reason] = (refused[reason] ?? 0) + group.tests.length;
      continue;
    }
    const free = batches.find((batch) => batch.every((other) => other.schema.$id !== schema.$id));
    if (free === undefined) batches.push([{ group, name, schema }]);
    else free.push({ group, name, schema });
  }
  const wrong: string[] = [];
  let withoutJsonschema = 0;
  for (const [index, batch] of batches.entries()) {
    const folder = path.join(workspace, `${part}${index}`);
    const schemas = path.join(folder, "schemas");
    mkdirSync(schemas, { recursive: true });
    for (const { name, schema } of batch) writeFileSync(path.join(schemas, name), JSON.stringify(schema));
    const files = new Map(loadSchemaSet(schemas).files.map((file) => [file.name, file]));
    const asked = batch.flatMap(({ group, name }) => group.tests.map((one) => ({ group, name, one })));
    const cases = asked.map(({ name, one }): Case => {
      const file = files.get(name)!;
      return { file, model: fileTitle(file), text: JSON.stringify(one.data) };
    });
    for (const [at, verdicts] of (await judge(cases, schemas, folder)).entries()) {
      const { group, one } = asked[at]!;
      const translated = [...patternsOf(group.schema)].some(
        ({ pattern }) => unportable(pattern) !== undefined,
      );
      if (translated) withoutJsonschema += 1;
      const others = Object.entries(verdicts).filter(
        ([engine, verdict]) => verdict !== one.valid && !(translated && engine === "jsonschema"),
      );
      if (others.length > 0)
        wrong.push(
          `${group.from}, ${group.description}, ${one.description}: ${others.map(([engine]) => engine).join(", ")}`,
        );
    }
  }
  const cases = groups.reduce((sum, { tests }) => sum + tests.length, 0);
  return { cases, refused, withoutJsonschema, wrong };
}

describe("the official JSON Schema 2020-12 test suite", () => {
  test("gets its verdict from every engine, or the schema is refused", async () => {
    // format.json says that formats assert nothing: ours do, see below.
    expect(
      await run(
        groupsOf(".").filter(({ from }) => from !== "format.json"),
        "required",
      ),
    ).toEqual({
      cases: 1124,
      refused: { KEYWORD_NOT_EXPRESSIBLE: 93, SCHEMA_NOT_JSON: 4, SCHEMA_REF_UNRESOLVED: 35 },
      withoutJsonschema: 32,
      wrong: [],
    });
  });

  test("does so in its optional part as well", async () => {
    expect(await run(groupsOf("optional"), "optional")).toEqual({
      cases: 158,
      refused: { KEYWORD_NOT_EXPRESSIBLE: 72, SCHEMA_NOT_JSON: 2, SCHEMA_REF_UNRESOLVED: 1 },
      withoutJsonschema: 62,
      wrong: [],
    });
  });

  test("does so for formats, but for leap seconds and rare e-mail addresses", async () => {
    const { wrong, ...counts } = await run(groupsOf("optional/format"), "format");
    expect(counts).toEqual({ cases: 491, refused: { SCHEMA_FORMAT_UNKNOWN: 147 }, withoutJsonschema: 0 });
    // Refused by all engines alike: nobody keeps a leap second, and no mailbox that we know has such an address.
    expect(wrong).toHaveLength(13);
    for (const line of wrong)
      expect(line).toMatch(
        /(leap second|in the local part is valid|address-literal after the @ is valid).*: ajv, zod(, pydantic, jsonschema)?$/,
      );
  });
});
