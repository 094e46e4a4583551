// The processes of a run: started on fixed ports and kept folders, so that each start after a kill goes on where
// the last one was ended.
import { spawn } from "node:child_process";
import net from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export const root = path.resolve(import.meta.dirname, "..");
const bb = path.join(root, "platform/bin/bb.mjs");
const PATIENCE = 90_000;

/** Waits until `probe`, asked again after each pause, gives something true; says what it waited for when it gives up. */
export async function until(probe, what, ms = PATIENCE, pause = 20) {
  const end = Date.now() + ms;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > end) throw new Error(`gave up waiting for ${what}`);
    await sleep(pause);
  }
}

/** One process that can be killed and started again. */
export class Kept {
  #name;
  #args;
  #env;
  #ready;
  #child;
  #output = "";
  #asked = true;

  /** `ready` resolves when the process does its work. */
  constructor(name, args, env, ready) {
    this.#name = name;
    this.#args = args;
    this.#env = env;
    this.#ready = ready;
  }

  get pid() {
    return this.#child?.pid;
  }

  /** What it said before it ended although nobody had ended it; undefined while it runs. */
  get lastWords() {
    if (this.#asked || !hasEnded(this.#child)) return undefined;
    const { exitCode, signalCode } = this.#child;
    return `${this.#name} ended by itself (${exitCode ?? signalCode}):\n${this.#output}`;
  }

  async start() {
    const child = spawn(process.execPath, this.#args, {
      cwd: root,
      env: { ...process.env, ...this.#env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    this.#asked = false;
    this.#output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (text) => {
        this.#output = (this.#output + text).slice(-4_000);
      });
    await until(() => hasEnded(child) || this.#ready(), `${this.#name} to be ready`).catch((error) => {
      throw new Error(`${error.message}\n${this.#output}`);
    });
    if (this.lastWords !== undefined) throw new Error(this.lastWords);
  }

  signal(signal) {
    this.#child?.kill(signal);
  }

  /** Resolves when the process is gone. */
  async end(signal = "SIGKILL") {
    const child = this.#child;
    this.#asked = true;
    if (child === undefined || hasEnded(child)) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await gone;
  }
}

/** The last words of those that ended by themselves. */
export const lastWordsOf = (processes) =>
  processes.map((kept) => kept?.lastWords).filter((words) => words !== undefined);

/** Of a child process. */
export const hasEnded = ({ exitCode, signalCode }) => exitCode !== null || signalCode !== null;

const answers = (url) => () =>
  fetch(url).then(
    (response) => response.ok,
    () => false,
  );

const listens = (port) => () =>
  new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });

export const brokerProcess = (ports, folder) =>
  new Kept(
    "bb broker",
    [
      bb,
      "broker",
      "--port",
      String(ports.amqp),
      "--management-port",
      String(ports.management),
      "--data-dir",
      path.join(folder, "broker"),
    ],
    {},
    listens(ports.amqp),
  );

/** `bb up`; with `apart`, on a broker that is a process of its own. */
export const platformProcess = (ports, folder, apart) =>
  new Kept(
    "bb up",
    ["--import", path.join(import.meta.dirname, "end-recorder.mjs"), bb, "up"],
    {
      BLOODBANK_HTTP_PORT: String(ports.http),
      BLOODBANK_DATA_DIR: path.join(folder, "data"),
      BLOODBANK_VAULT_DIR: path.join(folder, "vault"),
      LOG_LEVEL: "warn",
      NO_COLOR: "1",
      ...(apart
        ? {
            RABBITMQ_URL: `amqp://guest:guest@127.0.0.1:${ports.amqp}/`,
            RABBITMQ_MANAGEMENT_URL: `http://guest:guest@127.0.0.1:${ports.management}/`,
          }
        : {
            BLOODBANK_AMQP_PORT: String(ports.amqp),
            BLOODBANK_MANAGEMENT_PORT: String(ports.management),
          }),
    },
    answers(`http://127.0.0.1:${ports.http}/health/ready`),
  );

export const effectsProcess = (ports, folder) => {
  const health = ports.effects;
  return new Kept(
    "the effects consumer",
    [
      path.join(import.meta.dirname, "effects.mjs"),
      `amqp://guest:guest@127.0.0.1:${ports.amqp}/`,
      path.join(folder, "effects.db"),
      String(health),
    ],
    {},
    listens(health),
  );
};
