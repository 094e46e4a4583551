import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { fileNameOf, loadCatalog } from "../../src/index.js";
import {
  bundleContract,
  bundleSchema,
  type CheckOptions,
  checkSchemas,
  compareSchemas,
  diffSchemas,
  filesAtRevision,
  ledgerFile,
  loadSchemaSet,
  readLedger,
  renderChanges,
  subjectModes,
  updateLedger,
  writeLedger,
} from "../../src/tools/index.js";
import { newAjv } from "../../src/verdict/compiler.js";
import { mutations, sample } from "../proof/mutate.js";
import { contract, temporaryFolder, write } from "../support/temporary.js";

const NAME = "shop/order.placed.v1.schema.json";
const id = { type: "string", description: "Which one.", minLength: 1 };
const payload = (
  properties: object,
  required: readonly string[] = ["id"],
  changes: Record<string, unknown> = {},
) => contract(undefined, changes, { properties: { id, ...properties }, required });
const note = { type: "string", description: "Anything." };

/** A folder of contracts whose ledger knows these revisions of one, the last of which is there. */
function folderWith(...revisions: unknown[]): string {
  const folder = temporaryFolder();
  for (const schema of revisions) {
    write(folder, { [NAME]: schema });
    writeLedger(updateLedger(readLedger(ledgerFile(folder)), loadSchemaSet(folder)), ledgerFile(folder));
  }
  return folder;
}

const changed = (folder: string, schema: unknown, options: CheckOptions = {}) => {
  write(folder, { [NAME]: schema });
  return checkSchemas({ schemasDir: folder, ...options });
};

describe("checkSchemas against the ledger", () => {
  test("finds the package's own contracts as they were published", () => {
    const { compatible, subjects } = checkSchemas();
    expect(compatible).toBe(true);
    expect(new Set(subjects.map(({ change }) => change))).toEqual(new Set(["unchanged"]));
  });

  test("lets an optional member be declared, by the lenient policy that is the default, and says which it was", () => {
    const folder = folderWith(payload({}));
    expect(changed(folder, payload({ note }))).toMatchObject({
      compatible: true,
      subjects: [
        { subject: "shop.order.placed.v1", change: "changed", mode: "FULL_TRANSITIVE", policy: "lenient" },
      ],
    });
    expect(changed(folder, payload({ note }), { policy: "strict" }).compatible).toBe(false);
  });

  test("refuses a required member, with a recorded event that shows it", () => {
    const { compatible, subjects } = changed(folderWith(payload({})), payload({ note }, ["id", "note"]));
    expect(compatible).toBe(false);
    expect(subjects[0]?.findings).toMatchObject([
      {
        rule: "REQUIRED_ADDED",
        direction: "backward",
        verdict: "incompatible",
        pointer: "/properties/payload/required",
        advice: expect.stringContaining("v<N+1>"),
        witness: { event_type: "shop.order.placed", payload: { id: "a" } },
      },
    ]);
  });

  test("goes through all revisions: what the last but one recorded counts as well", () => {
    const folder = folderWith(payload({ note }), payload({}));
    const integer = payload({ note: { type: "integer", description: "A number." } });
    expect(changed(folder, integer).compatible).toBe(false);
    expect(changed(folder, integer, { mode: "FULL" }).compatible).toBe(true);
    expect(changed(folder, integer, { subjects: { "shop.order.placed.v1": "NONE" } }).compatible).toBe(true);
  });

  test("holds a contract to the mode that it names itself, before the global one", () => {
    const own = { "x-compatibility": "BACKWARD" };
    const folder = folderWith(payload({ note }, ["id", "note"], own));
    const loosened = payload({ note }, ["id"], own);
    const { compatible, subjects } = changed(folder, loosened);
    expect([compatible, subjects[0]?.mode]).toEqual([true, "BACKWARD"]);
    expect(changed(folder, loosened, { mode: "FULL" }).subjects[0]?.mode).toBe("BACKWARD");
    const { compatible: without, subjects: all } = changed(folder, payload({ note }, ["id"]));
    expect([without, all[0]?.mode]).toEqual([false, "FULL_TRANSITIVE"]);
    expect([...subjectModes(loadSchemaSet(folder))]).toEqual([]);
  });

  test("lets a draft change as it likes", () => {
    const draft = { "x-stability": "draft" };
    const folder = folderWith(payload({}, ["id"], draft));
    const check = changed(folder, payload({ note }, ["id", "note"], draft));
    expect(check.compatible).toBe(true);
    expect(check.subjects[0]?.compatible).toBe(false);
  });

  test("lets what a draft was be left behind when it becomes stable, and not what it is", () => {
    const draft = { "x-stability": "draft" };
    const integer = { type: "integer", description: "How many." };
    const folder = folderWith(payload({ note }, ["id"], draft), payload({ note: integer }, ["id"], draft));
    expect(changed(folder, payload({ note: integer }))).toMatchObject({
      compatible: true,
      subjects: [{ change: "unchanged", stability: "stable" }],
    });
    expect(changed(folder, payload({ note })).compatible).toBe(false);
  });

  test("does not let a contract escape by being called a draft again, or by being taken away", () => {
    const folder = folderWith(payload({}));
    const demoted = payload({ note }, ["id", "note"], { "x-stability": "draft" });
    expect(changed(folder, demoted)).toMatchObject({
      compatible: false,
      subjects: [{ stability: "stable" }],
    });
    rmSync(path.join(folder, NAME));
    expect(checkSchemas({ schemasDir: folder })).toMatchObject({
      compatible: false,
      subjects: [{ change: "removed", findings: [{ rule: "SUBJECT_REMOVED" }] }],
    });
  });

  test("sees what changes in members that are called as keywords are", () => {
    const named = (of: object) =>
      payload(
        Object.fromEntries(["default", "examples", "x-note", "const", "title"].map((name) => [name, of])),
      );
    const folder = folderWith(named(note));
    for (const name of ["default", "examples", "x-note", "const", "title"]) {
      const schema = named(note) as { properties: { payload: { properties: Record<string, unknown> } } };
      schema.properties.payload.properties[name] = { type: "integer", description: "A number." };
      expect([name, changed(folder, schema).compatible]).toEqual([name, false]);
    }
  });

  test("takes rewording and new examples for no change", () => {
    const folder = folderWith(contract());
    const reworded = contract(undefined, {
      description: "Otherwise said.",
      examples: [],
      "x-owner": "others",
    });
    expect(changed(folder, reworded).subjects).toMatchObject([{ change: "unchanged", compatible: true }]);
  });
});

describe("checkSchemas against another time", () => {
  test("compares with a folder: added, changed and removed subjects", () => {
    const before = write(temporaryFolder(), {
      [NAME]: contract(),
      "shop/order.paid.v1.schema.json": contract("shop.order.paid"),
      "shop/order.lost.v1.schema.json": contract("shop.order.lost", { "x-stability": "draft" }),
    });
    const after = write(temporaryFolder(), {
      [NAME]: payload({}, []),
      "shop/order.sent.v1.schema.json": contract("shop.order.sent"),
    });
    const { compatible, subjects } = checkSchemas({ schemasDir: after, against: before });
    expect(compatible).toBe(false);
    expect(subjects.map(({ subject, change, compatible }) => [subject, change, compatible])).toEqual([
      ["shop.order.lost.v1", "removed", true],
      ["shop.order.paid.v1", "removed", false],
      ["shop.order.placed.v1", "changed", false],
      ["shop.order.sent.v1", "added", true],
    ]);
  });

  test("compares with a git revision, whatever is checked out", () => {
    const root = temporaryFolder();
    const folder = write(path.join(root, "contracts/schemas"), { [NAME]: contract() });
    const git = (...args: string[]) => {
      const identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
      const run = spawnSync("git", [...identity, ...args], { cwd: root, encoding: "utf8" });
      expect([args[0], run.status, run.stderr.includes("fatal")]).toEqual([args[0], 0, false]);
    };
    git("init", "-q");
    git("add", ".");
    git("commit", "-qm", "first");
    write(folder, { [NAME]: payload({ note }, ["id", "note"]) });
    expect(filesAtRevision("HEAD", folder).map(({ name }) => name)).toEqual([NAME]);
    expect(checkSchemas({ schemasDir: folder, against: "HEAD" }).compatible).toBe(false);
    git("commit", "-qam", "second");
    expect(checkSchemas({ schemasDir: folder, against: "HEAD" }).compatible).toBe(true);
    expect(checkSchemas({ schemasDir: folder, against: "HEAD~1" }).compatible).toBe(false);
    expect(() => checkSchemas({ schemasDir: folder, against: "nowhere" })).toThrow(
      expect.objectContaining({ code: "GIT_FAILED", hint: expect.stringMatching(/\S/) }),
    );
    expect(() => checkSchemas({ schemasDir: folder, against: "--help" })).toThrow(
      expect.objectContaining({ code: "GIT_FAILED" }),
    );
  });
});

describe("the ledger", () => {
  test("of the package is current: every contract's assertions are its last revision", () => {
    const ledger = readLedger();
    expect(updateLedger(ledger, loadSchemaSet()).revisions.length).toBe(ledger.revisions.length);
  });

  test("adds a revision for each change of what is asserted, with ids that stay", () => {
    const { revisions } = readLedger(ledgerFile(folderWith(payload({}), payload({}), payload({ note }))));
    expect(revisions.map(({ id, subject, revision }) => ({ id, subject, revision }))).toEqual([
      { id: 1, subject: "shop.order.placed.v1", revision: 1 },
      { id: 2, subject: "shop.order.placed.v1", revision: 2 },
    ]);
  });

  test("that was changed afterwards is refused", () => {
    const file = ledgerFile(folderWith(payload({})));
    writeFileSync(file, readFileSync(file, "utf8").replace('"minLength":1', '"minLength":2'));
    expect(() => readLedger(file)).toThrow(
      expect.objectContaining({ code: "LEDGER_BROKEN", pointer: "/revisions/0" }),
    );
    writeFileSync(file, "{");
    expect(() => readLedger(file)).toThrow(expect.objectContaining({ code: "LEDGER_BROKEN" }));
  });
});

describe("a bundle", () => {
  test("refers to nothing outside, and gives the same verdict, compound or flat", () => {
    const catalog = loadCatalog();
    for (const one of catalog.contracts) {
      const compound = bundleContract(catalog, one);
      const flat = bundleSchema(catalog.schemas, catalog.schemas.byId(one.id)!);
      expect(JSON.stringify(flat).match(/"\$ref":"[^#]/)).toBeNull();
      const validators = [compound, flat].map((schema) => newAjv().compile(schema));
      for (const text of sample(mutations(one.examples[0], one.schema), 40)) {
        const value = JSON.parse(text) as unknown;
        const { valid } = catalog.validate(value);
        expect([text, ...validators.map((validate) => validate(value))]).toEqual([text, valid, valid]);
      }
    }
  });

  test("that is compound keeps the schema and its references, and carries each file by its $id", () => {
    const catalog = loadCatalog();
    const one = catalog.get("artifact.created")!;
    const { $defs, ...rest } = bundleContract(catalog, one);
    expect(rest).toEqual(one.schema);
    const envelope = "https://33god.dev/schemas/core/event-envelope.v1.schema.json";
    expect($defs).toEqual({ [envelope]: catalog.schemas.byId(envelope)!.schema });
  });

  test("that is compound is read as the files that it was made of, and compares as one", () => {
    const catalog = loadCatalog();
    const folder = temporaryFolder();
    const two = ["artifact.created", "theboard.meeting.created"].map((type) => catalog.get(type)!);
    for (const one of two)
      write(folder, { [fileNameOf(one.eventType, one.version)]: bundleContract(catalog, one) });
    const read = loadSchemaSet(folder).files.filter(({ file }) => file.startsWith(folder));
    expect(read.map(({ name }) => name).sort()).toEqual([
      "artifact/created.v1.schema.json",
      "core/event-envelope.v1.schema.json",
      "theboard/meeting.created.v1.schema.json",
    ]);
    for (const { id, schema } of read) expect(schema).toEqual(catalog.schemas.byId(id)!.schema);
    const bundle = bundleContract(catalog, two[0]!);
    const flat = bundleSchema(catalog.schemas, catalog.schemas.byId(two[0]!.id)!);
    expect(compareSchemas(bundle, flat, { mode: "FULL" })).toMatchObject({ compatible: true, findings: [] });
  });

  test("leads to the same schemas from members that are called as keywords are, and beside names of its own", () => {
    const schemas = write(temporaryFolder(), {
      "a.schema.json": {
        $id: "https://x.example/a.schema.json",
        properties: { default: { $ref: "b.schema.json" }, examples: { $ref: "#/$defs/b" } },
        $defs: { b: { type: "string" } },
      },
      "b.schema.json": { $id: "https://x.example/b.schema.json", type: "integer" },
    });
    const set = loadSchemaSet(schemas);
    const bundled = bundleSchema(set, set.files.find(({ name }) => name === "a.schema.json")!);
    const validate = newAjv().compile(bundled);
    expect(
      [{ default: 1, examples: "x" }, { default: "x" }, { examples: 1 }].map((one) => validate(one)),
    ).toEqual([true, false, false]);
  });

  test("of a schema that refers to itself stays finite", () => {
    const schemas = write(temporaryFolder(), {
      "a.schema.json": {
        $id: "https://x.example/a.schema.json",
        properties: { b: { $ref: "b.schema.json#/$defs/n" } },
      },
      "b.schema.json": {
        $id: "https://x.example/b.schema.json",
        $defs: { n: { properties: { n: { $ref: "#/$defs/n" }, a: { $ref: "a.schema.json" } } } },
      },
    });
    const set = loadSchemaSet(schemas);
    const bundled = bundleSchema(set, set.files.find(({ name }) => name === "a.schema.json")!);
    expect(bundled).toMatchObject({ properties: { b: { $ref: "#/$defs/b/$defs/n" } } });
    expect(newAjv().compile(bundled)({ b: { n: { n: { a: {} } } } })).toBe(true);
  });
});

describe("a difference", () => {
  test("reads like a changelog", () => {
    const before = payload({ note, kind: { type: "string", enum: ["a", "b"], description: "Which." } });
    const after = payload(
      {
        kind: { type: "string", enum: ["a", "c"], description: "Which one." },
        total: { type: "number", minimum: 0, description: "In euros." },
        id: { ...id, minLength: 2 },
      },
      ["id", "total"],
      { "x-stability": "deprecated" },
    );
    expect(renderChanges(diffSchemas(before, after))).toBe(`### Added

- payload.kind: the value "c" is new
- payload.total is new (number): In euros.
- payload.total is required now

### Changed

- payload.id: minLength was 1, and is 2
- payload.kind: the description was reworded
- the event was stable, and is deprecated

### Removed

- payload.kind: the value "b" is gone
- payload.note is gone
`);
  });

  test("of two equal schemas is empty", () => {
    expect(renderChanges(diffSchemas(contract(), contract()))).toBe("");
  });
});
