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

test("the secrets of compose get neither into the image nor into the repository", () => {
  const files = Object.values<{ file: string }>(parse(read("compose.yaml")).secrets).map(({ file }) =>
    file.slice("./".length),
  );
  expect(read(".dockerignore").split("\n")).toEqual(expect.arrayContaining(files));
  expect(read(".gitignore").split("\n")).toEqual(expect.arrayContaining(files.map((file) => `/${file}`)));
});

test("what compose mounts is there, and every volume and secret that it names is declared", () => {
  const { services, volumes, secrets } = parse(read("compose.yaml"));
  for (const [name, service] of Object.entries<{ volumes?: string[]; secrets?: string[] }>(services)) {
    for (const mount of service.volumes ?? []) {
      const source = mount.split(":")[0] ?? "";
      if (source.startsWith("./"))
        expect(existsSync(path.join(root, source)), `${name}: ${mount}`).toBe(true);
      else expect(Object.keys(volumes), name).toContain(source);
    }
    for (const secret of service.secrets ?? []) expect(Object.keys(secrets), name).toContain(secret);
  }
});

test("Prometheus and Grafana find each other, the platform and their files", () => {
  const { services } = parse(read("compose.yaml"));
  const config = parse(read("docs/grafana/prometheus.yaml"));
  const [scrape] = config.scrape_configs;
  const [host] = scrape.static_configs[0].targets[0].split(":");
  expect(Object.keys(services)).toContain(host);
  expect(scrape.authorization.credentials_file).toBe(`/run/secrets/${services.prometheus.secrets[0]}`);
  const mounted = services.prometheus.volumes.map((mount: string) => mount.split(":")[1]);
  for (const file of config.rule_files) expect(mounted).toContain(`/etc/prometheus/${file}`);
  const source = parse(read("docs/grafana/provisioning/datasources/prometheus.yaml")).datasources[0];
  expect(Object.keys(services)).toContain(new URL(source.url).hostname);
  const { options } = parse(read("docs/grafana/provisioning/dashboards/bloodbank.yaml")).providers[0];
  const boards = services.grafana.volumes.map((mount: string) => path.dirname(mount.split(":")[1] ?? ""));
  expect(boards).toContain(options.path);
});

test("what the image leaves out is not what it builds from or runs", () => {
  const ignored = read(".dockerignore").split("\n").filter(Boolean);
  const needed = [
    "holyfields",
    "bloodbank",
    "candystore",
    "candybar",
    "platform",
    "services",
    "scripts",
    "examples",
  ];
  expect(ignored.filter((name) => needed.includes(name))).toEqual([]);
  const exported = readFileSync(path.join(root, "bloodbank/client/package.json"), "utf8");
  expect(exported).not.toContain("./test/");
});
