// What is measured: brokers and platforms as processes of their own, on ports of their own.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "../scripts/bootstrap.mjs";
import { freePort } from "../scripts/free-port.mjs";

export async function listening(port, ms = 20_000) {
  const end = Date.now() + ms;
  for (;;) {
    const open = await new Promise((resolve) => {
      const socket = net.connect(port, "127.0.0.1", () => {
        socket.destroy();
        resolve(true);
      });
      socket.on("error", () => resolve(false));
    });
    if (open) return;
    if (Date.now() > end) throw new Error(`nothing listens on 127.0.0.1:${port} after ${ms} ms`);
    await sleep(20);
  }
}

/** A child process that is ended, and its folder removed, by `stop()`. */
export async function start(args, { env = {}, folder } = {}) {
  const dir = folder ?? (await mkdtemp(path.join(tmpdir(), "bloodbank-bench-")));
  const child = spawn(process.execPath, args, {
    cwd: dir,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (text) => {
      output = (output + text).slice(-4000);
    });
  const ended = new Promise((resolve) => child.on("exit", resolve));
  return {
    child,
    dir,
    output: () => output,
    /** Without a word, as the kernel does it when memory is out. */
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
    async stop() {
      child.kill("SIGTERM");
      await Promise.race([ended, sleep(5_000).then(() => child.kill("SIGKILL"))]);
      await ended;
      if (!folder) await rm(dir, { recursive: true, force: true });
    },
  };
}

/** The embedded broker alone, without admission: `bb broker`. In `folder`, which stays, or in one that goes with it. */
export async function embeddedBroker({ folder } = {}) {
  const port = await freePort();
  const args = [
    path.join(root, "platform/bin/bb.mjs"),
    "broker",
    "--port",
    String(port),
    "--data-dir",
    "broker",
  ];
  const process_ = await start(args, { folder });
  await listening(port).catch((error) => {
    throw new Error(`${error.message}\n${process_.output()}`);
  });
  return { port, pid: process_.child.pid, stop: process_.stop, kill: process_.kill };
}

/** The embedded broker with the platform's admission, and nothing else of the platform. */
export async function admittingBroker() {
  const port = await freePort();
  const process_ = await start([path.join(root, "bench/load/admitting-broker.mjs"), String(port)]);
  await listening(port).catch((error) => {
    throw new Error(`${error.message}\n${process_.output()}`);
  });
  return { port, stop: process_.stop };
}

/**
 * The built platform, when it is ready; `ready`: how many milliseconds that took. In `folder` it starts the services
 * of the registry there, otherwise none.
 */
export async function platform({ folder } = {}) {
  const [http, port, management] = [await freePort(), await freePort(), await freePort()];
  const args = [path.join(root, "platform/bin/bb.mjs"), "up", ...(folder ? [] : ["--no-services"])];
  const began = performance.now();
  const process_ = await start(args, {
    folder,
    env: {
      BLOODBANK_HTTP_PORT: String(http),
      BLOODBANK_AMQP_PORT: String(port),
      BLOODBANK_MANAGEMENT_PORT: String(management),
    },
  });
  const isReady = () =>
    fetch(`http://127.0.0.1:${http}/health/ready`).then(
      (answer) => answer.ok,
      () => false,
    );
  while (!(await isReady())) {
    if (process_.child.exitCode !== null) throw new Error(`the platform ended: ${process_.output()}`);
    await sleep(5);
  }
  const ready = performance.now() - began;
  return { http, port, management, ready, pid: process_.child.pid, stop: process_.stop };
}

/** Linux alone. */
export const residentMegabytes = (pid) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;

/** A loop that parses, appends, syncs and confirms, and does nothing else: what Node itself allows. Where it is at hand. */
export async function floorBroker() {
  const script = process.env.BENCH_FLOOR ?? path.join(root, "../shared/tools/limit-broker.mjs");
  if (!existsSync(script)) return undefined;
  const port = await freePort();
  const process_ = await start([script, String(port)]);
  await listening(port);
  return { port, stop: process_.stop };
}

/** RabbitMQ, where one listens. */
export async function rabbitmq() {
  const url = new URL(process.env.TEST_RABBITMQ_URL ?? "amqp://guest:guest@127.0.0.1:5672/");
  try {
    await listening(Number(url.port || 5672), 200);
    return { port: Number(url.port || 5672), stop: async () => {} };
  } catch {
    return undefined;
  }
}

/** Runs a load as a process of its own and gives the one number that it prints. */
export function load(script, ...args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(root, "bench/load", script), ...args.map(String)], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let out = "";
    let err = "";
    child.stdout.on("data", (text) => {
      out += text;
    });
    child.stderr.on("data", (text) => {
      err += text;
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), 240_000);
    child.on("exit", (code) => {
      clearTimeout(timer);
      const figure = Number(out.trim());
      if (code === 0 && figure > 0) resolve(figure);
      else reject(new Error(`${script} ${args.join(" ")} ended with ${code}: ${out}${err}`));
    });
  });
}
