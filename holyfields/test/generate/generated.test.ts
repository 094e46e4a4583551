import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { pascal } from "../../src/generate/names.js";
import { loadCatalog } from "../../src/index.js";
import { generate, loadSchemaSet, type Target, writeFiles } from "../../src/tools/index.js";
import { Compiler } from "../../src/verdict/compiler.js";
import { mutations, sample } from "../proof/mutate.js";
import { synthetic } from "../proof/synthetic.js";
import { contract, temporaryFolder, write } from "../support/temporary.js";

const home = path.resolve(import.meta.dirname, "../..");
const root = path.resolve(home, "..");

/** Schemas that together use every keyword, as files. */
const shapes = Object.fromEntries(synthetic.map(({ name, schema }) => [`${name}.schema.json`, schema]));

/**
 * What a column has room for. PostgreSQL's JSON has no U+0000, no integer goes beyond 64 bits, and no instant of Python's
 * before the year 1 or after 9999 in UTC.
 */
const isWritten = (text: string): boolean =>
  !/\\u0000|\de\+?[0-9]{2,}|"0001-01-01T[^"]*\+|"9999-12-31T[^"]*-/.test(text);

const textsBelow = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/tsconfig\.json$|\.pyc$|\.tsbuildinfo$/.test(entry.name))
      .map((entry) => {
        const file = path.join(entry.parentPath, entry.name);
        return [path.relative(folder, file), readFileSync(file, "utf8")] as const;
      })
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

describe("what is committed in generated/", () => {
  test.each([
    ["zod", "typescript"],
    ["pydantic", "python"],
    ["sqlalchemy", "sqlalchemy"],
  ] as const)("is what the %s generator makes of the schemas, byte for byte", (target: Target, folder) => {
    const made = temporaryFolder();
    writeFiles(generate({ target }), made);
    expect(textsBelow(path.join(home, "generated", folder))).toEqual(textsBelow(made));
  });

  test("is the same however often it is made", () => {
    expect(generate({ target: "zod" })).toEqual(generate({ target: "zod" }));
  });
});

describe("any folder of schemas", () => {
  test("becomes Zod that compiles under strict options", () => {
    // Below the package, so that the generated code finds zod; tsc leaves out folders that begin with a dot.
    const made = mkdtempSync(path.join(import.meta.dirname, "made-"));
    const paid = contract("shop.order.paid");
    try {
      const schemas = write(temporaryFolder(), {
        "shop/order.placed.v1.schema.json": contract(),
        "shop/order.placed.v2.schema.json": contract("shop.order.placed", {}, {}, "v2"),
        "shop/order.paid.v1.schema.json": {
          ...paid,
          properties: { ...(paid.properties as object), payload: { $ref: "#/$defs/payload" } },
          $defs: { payload: (paid.properties as { payload: object }).payload },
        },
        "plain.schema.json": {
          $id: "https://example.com/plain.schema.json",
          type: "object",
          properties: { a: { type: "string" } },
        },
        ...shapes,
      });
      writeFiles(generate({ target: "zod", from: schemas }), made);
      write(made, {
        "tsconfig.json": {
          extends: path.relative(made, path.join(root, "tsconfig.base.json")),
          compilerOptions: { composite: false, declaration: false, declarationMap: false, noEmit: true },
          include: ["."],
        },
      });
      const tsc = path.join(root, "node_modules/typescript/bin/tsc");
      const run = spawnSync(process.execPath, [tsc, "-p", made], { encoding: "utf8" });
      expect(run.stdout).toBe("");
      expect(Object.keys(textsBelow(made))).toEqual(
        expect.arrayContaining([
          "plain.ts",
          "shop/order.placed.v1.ts",
          "shop/order.placed.v2.ts",
          "event-map.ts",
        ]),
      );
    } finally {
      rmSync(made, { recursive: true, force: true });
    }
  });

  test("with plain .json files that are no contracts is generated as well", () => {
    const schemas = write(temporaryFolder(), {
      "point.json": { type: "object", required: ["x"], properties: { x: { type: "number" } } },
    });
    const paths = generate({ target: "pydantic", from: schemas, packageName: "shapes" }).map(
      (file) => file.path,
    );
    expect(paths).toContain("shapes/point.py");
  });

  test("with a keyword that can't be expressed is refused with file, pointer, keyword and advice", () => {
    const schemas = write(temporaryFolder(), {
      "a.schema.json": {
        $id: "https://example.com/a.schema.json",
        properties: { x: { $dynamicRef: "#node" } },
      },
    });
    expect(() => generate({ target: "zod", from: schemas })).toThrow(
      expect.objectContaining({
        code: "KEYWORD_NOT_EXPRESSIBLE",
        file: path.join(schemas, "a.schema.json"),
        pointer: "/properties/x/$dynamicRef",
        hint: expect.stringContaining("$ref"),
      }),
    );
  });

  test("that would make two things of one name is refused", () => {
    const shape = (id: string) => ({
      $id: `https://example.com/${id}`,
      type: "object",
      properties: { a: true },
    });
    const schemas = write(temporaryFolder(), {
      "a-b.schema.json": shape("a-b.schema.json"),
      "a_b.schema.json": shape("a_b.schema.json"),
    });
    expect(() => generate({ target: "zod", from: schemas })).toThrow(
      expect.objectContaining({ code: "NAME_COLLISION" }),
    );
  });

  test("leaves no file of an earlier run behind, and touches none that it did not write", () => {
    const folder = temporaryFolder();
    writeFiles([{ path: "old.ts", text: "// Generated by Holyfields\n" }], folder);
    write(folder, { "mine.ts": "// by hand\n" });
    expect(writeFiles([{ path: "new.ts", text: "// Generated by Holyfields\n" }], folder)).toEqual([
      "old.ts",
      "new.ts",
    ]);
    expect(Object.keys(textsBelow(folder))).toEqual(["mine.ts", "new.ts"]);
  });
});

describe.skipIf(!process.env.TEST_PYTHON)("the generated Python", () => {
  const python = process.env.TEST_PYTHON!;
  const env = {
    ...process.env,
    PYTHONPATH: [path.join(home, "generated/python"), path.join(home, "generated/sqlalchemy")].join(
      path.delimiter,
    ),
    PYTHONDONTWRITEBYTECODE: "1",
  };
  const run = (script: string, ...args: string[]) =>
    spawnSync(
      python,
      ["-W", "error", path.join(import.meta.dirname, script), path.join(home, "schemas"), ...args],
      {
        encoding: "utf8",
        env,
      },
    );

  test("models take every example and give it back as it was", () => {
    const { stdout, stderr } = run("models.py");
    expect(stderr).toBe("");
    expect(stdout.trim()).toMatch(/^\d+ events$/);
  });

  describe.each([
    ["SQLite", "sqlite://"],
    ["PostgreSQL", process.env.TEST_DATABASE_URL],
  ])("tables on %s", (_, url) => {
    const stored = (
      packageName: string,
      below: string,
      cases: readonly { table: string; text: string }[],
    ) => {
      const { stdout, stderr } = spawnSync(
        python,
        ["-W", "error", path.join(import.meta.dirname, "tables.py"), packageName, url!],
        {
          encoding: "utf8",
          input: cases.map((one) => JSON.stringify(one)).join("\n"),
          env: { ...env, PYTHONPATH: below },
        },
      );
      expect(stderr).toBe("");
      expect(stdout.trim()).toBe(`${cases.length} rows`);
    };

    test.skipIf(url === undefined)("take whatever keeps the contract, and give it back as it was", () => {
      const compiler = new Compiler(loadSchemaSet());
      const cases = loadCatalog().contracts.flatMap(({ id, title, examples, schema }) => {
        const changes = examples.flatMap((example) => mutations(example, schema));
        const valid = changes.filter(
          (text) => isWritten(text) && compiler.check(id, JSON.parse(text)).length === 0,
        );
        return [...examples.map((one) => JSON.stringify(one)), ...sample(valid, 20)].map((text) => ({
          table: title,
          text,
        }));
      });
      stored("holyfields_tables", path.join(home, "generated/sqlalchemy"), cases);
    });

    test.skipIf(url === undefined)(
      "do so for objects of any shape, whatever their members are called",
      () => {
        const schemas = write(temporaryFolder(), shapes);
        const below = temporaryFolder();
        writeFiles(generate({ target: "sqlalchemy", from: schemas, packageName: "shapes" }), below);
        const compiler = new Compiler(loadSchemaSet(schemas));
        // Shapes that no type says have no table.
        const made = readFileSync(path.join(below, "shapes/__init__.py"), "utf8");
        const objects = synthetic.filter(({ name }) => made.includes(`import ${pascal(name)}\n`));
        expect(objects.length).toBeGreaterThan(20);
        const cases = objects.flatMap(({ name, schema, seeds }) =>
          sample(
            seeds
              .flatMap((seed) => mutations(seed, schema))
              .filter(
                (text) =>
                  isWritten(text) && compiler.check(String(schema.$id), JSON.parse(text)).length === 0,
              ),
            100,
          ).map((text) => ({ table: pascal(name), text })),
        );
        stored("shapes", below, cases);
      },
    );
  });

  test("passes mypy --strict", () => {
    const cache = temporaryFolder();
    const from = write(temporaryFolder(), shapes);
    const below = temporaryFolder();
    for (const [target, packageName] of [
      ["pydantic", "shapes"],
      ["sqlalchemy", "shape_tables"],
    ] as const)
      writeFiles(generate({ target, from, packageName }), path.join(below, target));
    const made = ["pydantic", "sqlalchemy"].map((target) => path.join(below, target));
    const packages = ["holyfields", "holyfields_tables", "shapes", "shape_tables"];
    const checked = spawnSync(
      python,
      ["-m", "mypy", "--strict", "--cache-dir", cache, ...packages.flatMap((name) => ["-p", name])],
      {
        encoding: "utf8",
        cwd: cache,
        env: { ...env, MYPYPATH: [env.PYTHONPATH, ...made].join(path.delimiter) },
      },
    );
    expect(checked.stdout.trim()).toMatch(/^Success: no issues found/);
  });
});
