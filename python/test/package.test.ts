/** The package as pip installs it: whole without the repository, and typed. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { loadCatalog } from "@33god/holyfields";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { interpreter, runPython } from "./support/python.js";

const home = fileURLToPath(new URL("..", import.meta.url));
/** Kept from run to run: mypy itself sees what has changed. */
const mypyCache = fileURLToPath(new URL("../../node_modules/.cache/bloodbank/mypy", import.meta.url));

describe.skipIf(interpreter === undefined)("the package (Python)", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "bloodbank-python-package-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const build = (kind: "wheel" | "sdist", from: string, into: string) =>
    runPython(["-m", "hatchling", "build", "-t", kind, "-d", into], { cwd: from });
  const pip = (...argv: string[]) =>
    runPython(["-m", "pip", "--disable-pip-version-check", "--quiet", ...argv], { cwd: folder });
  const onlyFile = (where: string) => path.join(where, readdirSync(where)[0]!);

  test("a wheel brings the contracts, their models and the mark of a typed package", async () => {
    const wheels = path.join(folder, "wheels");
    await build("wheel", home, wheels);
    const site = path.join(folder, "site");
    await pip("install", "--no-index", "--no-deps", "--target", site, onlyFile(wheels));
    for (const name of ["event_producers", "holyfields"])
      expect(readdirSync(path.join(site, name))).toContain("py.typed");
    // A program that has nothing but the installed package.
    const program = `
import json, event_producers, holyfields
from event_producers.contracts import default_catalog
missing = [name for name in event_producers.__all__ if not hasattr(event_producers, name)]
print(json.dumps([[one.event_type for one in default_catalog().contracts], len(holyfields.EVENTS), missing]))
`;
    const found = JSON.parse(await runPython(["-c", program], { cwd: folder, pythonPath: site }));
    const types = loadCatalog().contracts.map(({ eventType }) => eventType);
    expect(found).toEqual([types, types.length, []]);
  });

  test("a source distribution builds the same wheel, without the repository around it", async () => {
    const sources = path.join(folder, "sources");
    await build("sdist", home, sources);
    const unpacked = path.join(folder, "unpacked");
    await runPython(
      [
        "-c",
        "import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2], filter='data')",
        onlyFile(sources),
        unpacked,
      ],
      { cwd: folder },
    );
    const wheels = path.join(folder, "wheels-from-source");
    await build("wheel", onlyFile(unpacked), wheels);
    const contents = `
import json, sys, zipfile
for wheel in sys.argv[1:]:
    files = zipfile.ZipFile(wheel).infolist()
    # The record lists the others, in whatever order.
    print(json.dumps({one.filename: one.CRC for one in files if not one.filename.endswith("/RECORD")}))
`;
    const both = await runPython(["-c", contents, onlyFile(wheels), onlyFile(path.join(folder, "wheels"))]);
    const [again, first] = both.split("\n").map((line) => JSON.parse(line));
    expect(again).toEqual(first);
    expect(Object.keys(again)).toContain("holyfields/py.typed");
  });

  test("its types hold under mypy --strict", async () => {
    expect(await runPython(["-m", "mypy", "--cache-dir", mypyCache], { cwd: home })).toContain("Success");
  });
});
