import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const entry = new URL("../../dist/index.js", import.meta.url).href;
const program = `
const { startBroker } = await import(${JSON.stringify(entry)});
const broker = await startBroker({ dataDir: process.argv[1], port: 0 });
process.send(broker.port);
`;

/** A broker in a process of its own, to be killed. */
export class Victim {
  readonly port: number;
  readonly #process: ChildProcess;

  static async start(dataDir: string): Promise<Victim> {
    const child = spawn(process.execPath, ["--input-type=module", "-e", program, dataDir], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
    });
    const port = await new Promise<number>((resolve, reject) => {
      child.once("message", (message) => resolve(Number(message)));
      child.once("exit", (code) => reject(new Error(`the broker ended with ${code} before it listened`)));
    });
    return new Victim(child, port);
  }

  private constructor(child: ChildProcess, port: number) {
    this.#process = child;
    this.port = port;
  }

  get url(): string {
    return `amqp://guest:guest@127.0.0.1:${this.port}`;
  }

  async kill(): Promise<void> {
    if (this.#process.signalCode !== null || this.#process.exitCode !== null) return;
    const gone = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.kill("SIGKILL");
    await gone;
  }
}
