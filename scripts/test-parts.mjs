// What of the test suite this machine allows: RabbitMQ, a cluster of it, PostgreSQL, Python with packages, Chromium,
// AsyncAPI's own parser.
// Each part sets the variables that its tests read, or says why it is left out and how to get it.
// `provide` (CI) also installs, enables and starts what is missing.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { serverScript } from "../faults/cluster/nodes.mjs";
import { root, say } from "./bootstrap.mjs";

const run = (command, args, options = {}) =>
  spawnSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], ...options });
const succeeds = (command, args, options) => run(command, args, options).status === 0;

async function eventually(check, ms) {
  const end = Date.now() + ms;
  for (;;) {
    if (await check()) return true;
    if (Date.now() > end) return false;
    await sleep(500);
  }
}

/** The product that answers an AMQP handshake at this address, or undefined. */
function amqpProduct(host, port) {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port });
    const done = (value) => {
      socket.destroy();
      resolve(value);
    };
    socket.setTimeout(2_000, () => done(undefined));
    socket.on("error", () => done(undefined));
    socket.on("connect", () => socket.write("AMQP\0\0\x09\x01", "latin1"));
    socket.on("data", (data) => done(data.includes("RabbitMQ") ? "RabbitMQ" : "another broker"));
  });
}

async function managementAnswers(url) {
  const credentials = `${url.username || "guest"}:${url.password || "guest"}`;
  try {
    const response = await fetch(new URL("/api/overview", url.origin), {
      headers: { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` },
      signal: AbortSignal.timeout(3_000),
    });
    return response.ok;
  } catch {
    return false;
  }
}

async function rabbitmq(provide) {
  const url = new URL(process.env.TEST_RABBITMQ_URL ?? "amqp://guest:guest@127.0.0.1:5672/");
  const management = new URL(
    process.env.TEST_RABBITMQ_MANAGEMENT_URL ?? `http://guest:guest@${url.hostname}:15672/`,
  );
  const host = url.hostname;
  const port = Number(url.port || 5672);
  const how =
    "install and start rabbitmq-server, then `rabbitmq-plugins enable rabbitmq_management`, or set TEST_RABBITMQ_URL and TEST_RABBITMQ_MANAGEMENT_URL";
  if (provide && (await amqpProduct(host, port)) === undefined) {
    run("rabbitmq-server", ["-detached"]);
    await eventually(async () => (await amqpProduct(host, port)) === "RabbitMQ", 60_000);
  }
  if ((await amqpProduct(host, port)) !== "RabbitMQ")
    return { missing: `no RabbitMQ at ${host}:${port}`, how };
  if (provide && !(await managementAnswers(management))) {
    run("rabbitmq-plugins", ["enable", "rabbitmq_management"]);
    await eventually(() => managementAnswers(management), 60_000);
  }
  if (!(await managementAnswers(management)))
    return { missing: `RabbitMQ's management API does not answer at ${management.origin}`, how };
  return { env: { TEST_RABBITMQ_URL: url.href, TEST_RABBITMQ_MANAGEMENT_URL: management.href } };
}

function cluster() {
  const script = serverScript();
  if (script !== undefined) return { env: { TEST_RABBITMQ_SERVER: script } };
  return {
    missing: "no rabbitmq-server is installed on this machine",
    how: "install rabbitmq-server, or set TEST_RABBITMQ_SERVER to its start script",
  };
}

async function postgresql(provide) {
  const url = process.env.TEST_DATABASE_URL ?? "postgres://postgres@127.0.0.1:5432/test";
  const { default: pg } = await import("pg");
  const answers = async () => {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000 });
    try {
      await client.connect();
      await client.query("select 1");
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => {});
    }
  };
  if (provide && !(await answers())) {
    const versions = run("pg_lsclusters", ["-h"]).stdout?.split(/\s+/)[0] || "15";
    run("pg_ctlcluster", ["--skip-systemctl-redirect", versions, "main", "start"]);
    await eventually(answers, 30_000);
  }
  if (await answers()) return { env: { TEST_DATABASE_URL: url } };
  return {
    missing: `no PostgreSQL at ${new URL(url).host}`,
    how: "start PostgreSQL with a database that the tests may write to, and set TEST_DATABASE_URL=postgres://user:password@host/database",
  };
}

function python() {
  if (process.env.TEST_PYTHON) return { env: { TEST_PYTHON: process.env.TEST_PYTHON } };
  const how =
    "install Python 3.11 or newer with venv and pip, with a package index in reach, or set TEST_PYTHON to a python that has python/requirements-test.txt";
  const requirements = path.join(root, "python", "requirements-test.txt");
  const wanted = `${createHash("sha256").update(readFileSync(requirements)).digest("hex")}\n`;
  const folder = path.join(root, "node_modules", ".cache", "bloodbank", "venv");
  const stamp = path.join(folder, "installed");
  const interpreter = path.join(folder, "bin", "python");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted)
    return { env: { TEST_PYTHON: interpreter } };
  const base = ["python3.13", "python3.12", "python3.11", "python3"].find((name) =>
    succeeds(name, ["-c", "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))"]),
  );
  if (!base) return { missing: "no Python 3.11 or newer with venv", how };
  say("Python packages for the tests: installing");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(path.dirname(folder), { recursive: true });
  const made = run(base, ["-m", "venv", folder]);
  const installed =
    made.status === 0 &&
    run(interpreter, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements]);
  if (installed?.status !== 0) {
    const lines = (installed ? installed.stderr : made.stderr)?.trim().split("\n") ?? [];
    return {
      missing: `the Python packages could not be installed (${lines.at(-1) ?? "no reason given"})`,
      how,
    };
  }
  writeFileSync(stamp, wanted);
  return { env: { TEST_PYTHON: interpreter } };
}

function chromium(provide) {
  const candidates = [
    process.env.TEST_CHROMIUM,
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  ];
  const find = () => candidates.find((file) => file && existsSync(file));
  if (!find() && provide) {
    say("Chromium: installing");
    run("apt-get", ["update", "-qq"]);
    run("apt-get", ["install", "-y", "-qq", "chromium"], {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
  }
  const file = find();
  if (file) return { env: { TEST_CHROMIUM: file } };
  return {
    missing: "no Chromium",
    how: "install Chromium (Debian: apt-get install chromium) or set TEST_CHROMIUM",
  };
}

/** 50 MB that nothing but one test needs: no dependency of the project. */
function asyncapiParser() {
  if (process.env.TEST_ASYNCAPI_PARSER)
    return { env: { TEST_ASYNCAPI_PARSER: process.env.TEST_ASYNCAPI_PARSER } };
  const wanted = "@asyncapi/parser@3.6.6";
  const folder = path.join(root, "node_modules", ".cache", "bloodbank", "asyncapi-3.6.6");
  const parser = path.join(folder, "node_modules", "@asyncapi", "parser");
  if (!existsSync(path.join(parser, "package.json"))) {
    say("AsyncAPI's parser for the tests: installing");
    mkdirSync(folder, { recursive: true });
    const flags = ["--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--loglevel=error"];
    const installed = run("npm", ["install", "--prefix", folder, ...flags, wanted]);
    if (installed.status !== 0)
      return {
        missing: `${wanted} could not be installed (${installed.stderr?.trim().split("\n").at(-1) || "no reason given"})`,
        how: "let npm reach a registry, or set TEST_ASYNCAPI_PARSER to the package's folder",
      };
  }
  return { env: { TEST_ASYNCAPI_PARSER: parser } };
}

/**
 * Finds every part. Returns the environment for the tests, and a list of `{ name, missing, how }` for what was
 * left out.
 */
export async function findParts({ provide }) {
  const parts = {
    RabbitMQ: rabbitmq,
    "RabbitMQ cluster": cluster,
    PostgreSQL: postgresql,
    Python: python,
    Chromium: chromium,
    "AsyncAPI's parser": asyncapiParser,
  };
  const env = {};
  const leftOut = [];
  for (const [name, find] of Object.entries(parts)) {
    const found = await find(provide);
    if (found.env) Object.assign(env, found.env);
    else leftOut.push({ name, missing: found.missing, how: found.how });
  }
  return { env, leftOut };
}
