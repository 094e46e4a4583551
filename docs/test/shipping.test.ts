/** What can be checked of the container files where no container engine runs. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { VARIABLES } from "../../platform/src/config/variables.js";

const root = path.resolve(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(path.join(root, file), "utf8");
const ours = (names: Iterable<string>) => [...names].filter((name) => !(name in VARIABLES));

test("the image copies what is there, and sets variables that exist", () => {
  const lines = read("Dockerfile").split("\n");
  const copied = lines
    .filter((line) => line.startsWith("COPY ") && !line.includes("--from="))
    .flatMap((line) => line.split(/\s+/).slice(1, -1));
  expect(copied.filter((source) => !existsSync(path.join(root, source)))).toEqual([]);
  const set = lines
    .filter((line) => line.startsWith("ENV "))
    .flatMap((line) => line.match(/\w+(?==)/g) ?? []);
  expect(ours(set.filter((name) => name !== "NODE_ENV"))).toEqual([]);
});

test("the image copies the manifest of every workspace before it installs", () => {
  const { workspaces } = JSON.parse(read("package.json")) as { workspaces: readonly string[] };
  const copied = read("Dockerfile").split("RUN npm ci")[0] ?? "";
  const missing = workspaces.filter(
    (workspace) =>
      !workspace.startsWith("services/") &&
      !workspace.startsWith("!") &&
      !copied.includes(`COPY ${workspace}/package.json`),
  );
  expect(missing).toEqual([]);
});

test("compose starts the platform with variables that exist, and hides its tokens", () => {
  const compose = parse(read("compose.yaml"));
  const { environment, secrets } = compose.services.bloodbank;
  expect(ours(Object.keys(environment))).toEqual([]);
  expect(environment.BLOODBANK_TOKENS).toBe(`/run/secrets/${secrets[0]}`);
  for (const name of Object.keys(compose.services.bloodbank.depends_on))
    expect(compose.services[name].healthcheck.test).toBeDefined();
});
