// A publisher of the Python package as a process of its own: what was confirmed to it is told here.
import { spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import { root } from "../processes.mjs";

/** The interpreter that has the package's requirements; without it there is no such publisher. */
export const python = process.env.TEST_PYTHON;

const packages = ["python/src", "holyfields/generated/python"].map((folder) => path.join(root, folder));

export class PythonPublisher {
  #urls;
  #caFile;
  #onConfirmed;
  #onRefused;
  #child;
  #ended;
  #errors = "";
  #lastConfirm = 0;
  confirmed = 0;
  /** Milliseconds without any confirm, the longest since it was set back. */
  longestSilence = 0;

  constructor({ urls, caFile, onConfirmed, onRefused }) {
    this.#urls = urls;
    this.#caFile = caFile;
    this.#onConfirmed = onConfirmed;
    this.#onRefused = onRefused;
  }

  start() {
    const child = spawn(python, [path.join(import.meta.dirname, "publisher.py"), this.#caFile], {
      env: {
        ...process.env,
        RABBITMQ_URL: this.#urls.join(","),
        PYTHONPATH: packages.join(path.delimiter),
        PYTHONDONTWRITEBYTECODE: "1",
      },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#child = child;
    this.#errors = "";
    this.#lastConfirm = performance.now();
    child.stderr.on("data", (text) => {
      this.#errors = (this.#errors + text).slice(-4_000);
    });
    // One that has ended takes no more.
    child.stdin.on("error", () => undefined);
    createInterface(child.stdout).on("line", (line) => this.#told(line));
    const end = () => child.kill("SIGKILL");
    process.once("exit", end);
    this.#ended = new Promise((resolve) =>
      child.once("close", (code) => {
        process.off("exit", end);
        resolve(code);
      }),
    );
  }

  /** Resolves when everything begun is settled. */
  async stop() {
    if (this.#child === undefined) return;
    this.#child.stdin.end();
    const code = await this.#ended;
    this.#child = undefined;
    if (code !== 0) this.#onRefused(`the Python publisher ended with ${code}: ${this.#errors}`);
  }

  #told(line) {
    const [word, id] = line.split(" ");
    if (word !== "confirmed") return this.#onRefused(`Python: ${line}`);
    const now = performance.now();
    this.longestSilence = Math.max(this.longestSilence, now - this.#lastConfirm);
    this.#lastConfirm = now;
    this.confirmed++;
    this.#onConfirmed(id);
  }
}
