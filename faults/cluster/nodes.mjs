// Three RabbitMQ nodes on this machine, in a folder of their own and on free ports, started, killed and cut off by hand.
import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePort } from "../../scripts/free-port.mjs";
import { hasEnded, until } from "../processes.mjs";
import { Links } from "./links.mjs";

/** Three virtual machines boot on what may be two busy cores. */
const PATIENCE = 240_000;
/** What a node says of the cluster it gathers from all nodes: asked without a pause, they would do little else. */
const PAUSE = 250;
/**
 * A dead letter that met a leader which was just lost is sent again after three minutes, by default. A run that is
 * watched does not wait that long for each fault.
 */
const DEAD_LETTERS_AGAIN = "[{rabbit, [{dead_letter_worker_publisher_confirm_timeout, 10000}]}].\n";
const authorization = `Basic ${btoa("guest:guest")}`;

/** RabbitMQ's own start script: the one that a distribution puts into the path insists on its user and its folders. */
export const serverScript = () =>
  [
    process.env.TEST_RABBITMQ_SERVER,
    "/usr/lib/rabbitmq/bin/rabbitmq-server",
    "/opt/homebrew/sbin/rabbitmq-server",
    "/usr/local/sbin/rabbitmq-server",
  ].find((file) => file && existsSync(file));

export class Cluster {
  #links = new Links();
  #folder;
  #nodes = [];

  /** Resolves when all nodes are one cluster. */
  static async start({ size = 3 } = {}) {
    const cluster = new Cluster();
    try {
      await cluster.#start(size);
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  get names() {
    return this.#nodes.map(({ name }) => name);
  }

  get urls() {
    return this.#nodes.map(({ amqp }) => `amqp://guest:guest@127.0.0.1:${amqp}/`);
  }

  /** As `urls`, with TLS; `ca` is what a client trusts then. */
  get tlsUrls() {
    return this.#nodes.map(({ amqps }) => `amqps://guest:guest@localhost:${amqps}/`);
  }

  get caFile() {
    return path.join(this.#folder, "cert.pem");
  }

  get ca() {
    return readFileSync(this.caFile, "utf8");
  }

  get managementUrls() {
    return this.#nodes.map(({ management }) => `http://guest:guest@127.0.0.1:${management}/`);
  }

  async kill(index) {
    const { child } = this.#nodes[index];
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
  }

  /** Starts it again; `whole` tells when it is back among the others. */
  restart(index) {
    this.#spawn(this.#nodes[index]);
  }

  /** From now on it and the others cannot reach each other: `cut` at once, or `silent`, to be found out by them. */
  isolate(index, how) {
    this.#links.isolate(this.#nodes[index].id, how);
  }

  heal(index) {
    this.#links.heal(this.#nodes[index].id);
  }

  /** Resolves when a node other than this one has noticed that it is away. */
  async noticed(index) {
    const { name } = this.#nodes[index];
    const other = this.#nodes[(index + 1) % this.#nodes.length];
    await until(
      async () => {
        const nodes = await ask(other, "nodes");
        return nodes?.some((one) => one.name === name && !one.running);
      },
      `${other.name} to miss ${name}`,
      PATIENCE,
      PAUSE,
    );
  }

  /** Resolves when every node sees every other, and every quorum queue has all its members. */
  async whole() {
    let seen;
    await until(
      async () => {
        const views = await Promise.all(this.#nodes.map((node) => ask(node, "nodes")));
        seen = views.map((nodes) => nodes?.map((one) => `${one.name} ${one.running}`) ?? "no answer");
        const agreed = views.every(
          (nodes) =>
            nodes?.filter(({ running, partitions }) => running && !partitions?.length).length ===
            this.#nodes.length,
        );
        if (!agreed) return false;
        const queues = await ask(this.#nodes[0], "queues");
        seen = queues?.map(({ name, online, state }) => `${name} ${state} ${online}`);
        return queues?.every(
          ({ type, online }) => type !== "quorum" || online?.length === this.#nodes.length,
        );
      },
      "the cluster to be whole",
      PATIENCE,
      PAUSE,
    ).catch(async (error) => {
      throw new Error(`${error.message}: ${JSON.stringify(seen)}\n${await this.#lastWords()}`);
    });
  }

  /** What the management API of the first node that answers says; undefined when none does. */
  async ask(way) {
    for (const node of this.#nodes) {
      const answer = await ask(node, way);
      if (answer !== undefined) return answer;
    }
    return undefined;
  }

  async stop() {
    await Promise.all(
      this.#nodes.map(async ({ child }) => {
        if (child === undefined || hasEnded(child)) return;
        const gone = new Promise((resolve) => child.once("exit", resolve));
        child.kill("SIGKILL");
        await gone;
      }),
    );
    await this.#links.close();
    if (this.#folder !== undefined)
      await rm(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  async #start(size) {
    this.#folder = await mkdtemp(path.join(tmpdir(), "bloodbank-cluster-"));
    makeCertificate(this.#folder);
    const cookie = randomBytes(12).toString("hex").toUpperCase();
    for (let n = 1; n <= size; n++) {
      const id = `n${n}`;
      const folder = path.join(this.#folder, id);
      await mkdir(folder);
      await writeFile(path.join(folder, ".erlang.cookie"), cookie, { mode: 0o400 });
      this.#nodes.push({
        id,
        name: `${id}@localhost`,
        folder,
        amqp: await freePort(),
        amqps: await freePort(),
        management: await freePort(),
        distribution: await freePort(),
        epmd: await this.#links.epmdFor(id),
      });
    }
    for (const node of this.#nodes) {
      await writeFile(path.join(node.folder, "rabbitmq.conf"), this.#configuration(node));
      await writeFile(path.join(node.folder, "advanced.config"), DEAD_LETTERS_AGAIN);
      await writeFile(path.join(node.folder, "plugins"), "[rabbitmq_management].");
      await writeFile(path.join(node.folder, "env.conf"), "");
      this.#spawn(node);
    }
    await this.whole();
  }

  #configuration({ amqp, amqps, management }) {
    return [
      `listeners.tcp.1 = 127.0.0.1:${amqp}`,
      `listeners.ssl.1 = 127.0.0.1:${amqps}`,
      `ssl_options.certfile = ${path.join(this.#folder, "cert.pem")}`,
      `ssl_options.keyfile = ${path.join(this.#folder, "key.pem")}`,
      "ssl_options.verify = verify_none",
      "management.tcp.ip = 127.0.0.1",
      `management.tcp.port = ${management}`,
      // Everything that is asked here is asked rarely, and of a machine that has other things to do.
      "collect_statistics_interval = 5000",
      "cluster_formation.peer_discovery_backend = classic_config",
      ...this.#nodes.map(({ name }, n) => `cluster_formation.classic_config.nodes.${n + 1} = ${name}`),
      "cluster_partition_handling = pause_minority",
      "disk_free_limit.absolute = 50MB",
      "vm_memory_high_watermark.absolute = 1GB",
      "log.console = false",
      "log.file.level = info",
      "",
    ].join("\n");
  }

  #spawn(node) {
    const at = (name) => path.join(node.folder, name);
    const child = spawn(serverScript(), [], {
      cwd: node.folder,
      env: {
        PATH: process.env.PATH,
        LANG: process.env.LANG ?? "C.UTF-8",
        HOME: node.folder,
        ERL_EPMD_PORT: String(node.epmd),
        ERL_EPMD_ADDRESS: "127.0.0.1",
        RABBITMQ_NODENAME: node.name,
        RABBITMQ_CONF_ENV_FILE: at("env.conf"),
        RABBITMQ_CONFIG_FILE: at("rabbitmq.conf"),
        RABBITMQ_ADVANCED_CONFIG_FILE: at("advanced.config"),
        RABBITMQ_ENABLED_PLUGINS_FILE: at("plugins"),
        RABBITMQ_MNESIA_BASE: at("data"),
        RABBITMQ_LOG_BASE: at("log"),
        RABBITMQ_PID_FILE: at("pid"),
        RABBITMQ_DIST_PORT: String(node.distribution),
        // The Erlang machine is the process that was started here: a kill -9 reaches it and not a shell before it.
        RABBITMQ_ALLOW_INPUT: "true",
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
          "-noinput -start_epmd false -kernel net_ticktime 8 -kernel inet_dist_use_interface {127,0,0,1} +S 1:1",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    node.child = child;
    // A run that is broken off leaves no node behind.
    const end = () => child.kill("SIGKILL");
    process.once("exit", end);
    child.once("exit", () => process.off("exit", end));
    node.output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (text) => {
        node.output = (node.output + text).slice(-4_000);
      });
  }

  async #lastWords() {
    const all = await Promise.all(
      this.#nodes.map(async ({ name, folder, output, child }) => {
        const log = await readFile(path.join(folder, "log", `${name}.log`), "utf8").catch(() => "");
        return `${name} (exit ${child?.exitCode ?? child?.signalCode}):\n${output}\n${log.slice(-3_000)}`;
      }),
    );
    return all.join("\n");
  }
}

/** Signs itself; for `localhost`. */
function makeCertificate(folder) {
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  const files = ["-keyout", path.join(folder, "key.pem"), "-out", path.join(folder, "cert.pem")];
  execFileSync("openssl", ["req", ...kind, ...names, ...files], { stdio: "ignore" });
}

async function ask({ management }, way) {
  try {
    const response = await fetch(`http://127.0.0.1:${management}/api/${way}`, {
      headers: { authorization },
      signal: AbortSignal.timeout(10_000),
    });
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}
