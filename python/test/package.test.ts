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

  async function install(wheels: string, site: string): Promise<void> {
    await pip("install", "--no-index", "--no-deps", "--target", site, onlyFile(wheels));
  }

  /** What a program that has nothing but the installed package sees. */
  const types = async (site: string) =>
    JSON.parse(
      await runPython(
        [
          "-c",
          "import json; from event_producers.contracts import default_catalog as c; print(json.dumps([x.event_type for x in c().contracts]))",
        ],
        { cwd: folder, pythonPath: site },
      ),
    );

  const models = async (site: string) =>
    Number(
      await runPython(["-c", "import holyfields; print(len(holyfields.EVENTS))"], {
        cwd: folder,
        pythonPath: site,
      }),
    );

  test("a wheel brings the contracts, their models and the mark of a typed package", async () => {
    const wheels = path.join(folder, "wheels");
    await build("wheel", home, wheels);
    const site = path.join(folder, "site");
    await install(wheels, site);
    expect(await types(site)).toEqual(loadCatalog().contracts.map(({ eventType }) => eventType));
    for (const name of ["event_producers", "holyfields"])
      expect(readdirSync(path.join(site, name))).toContain("py.typed");
    expect(await models(site)).toBe(loadCatalog().contracts.length);
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
    const site = path.join(folder, "site-from-source");
    await install(wheels, site);
    expect((await types(site)).length).toBe(loadCatalog().contracts.length);
    expect(await models(site)).toBe(loadCatalog().contracts.length);
  });

  test("its types hold under mypy --strict", async () => {
    expect(await runPython(["-m", "mypy", "--cache-dir", mypyCache], { cwd: home })).toContain("Success");
  });
});
