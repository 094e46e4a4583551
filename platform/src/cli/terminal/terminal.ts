/** Where a command writes to and reads from. Answers go to `out`, everything said about them to `note`. */
import { EXIT } from "../exit-codes.js";
import { type Paint, painter } from "./paint.js";

export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** One line of the answer, without its end. */
  out(line: string): void;
  /** Text of the answer as it is; resolves when more may be written. */
  write(text: string | Uint8Array): Promise<void>;
  /** One line for the person, on standard error. */
  note(line: string): void;
  readonly paint: Paint;
  /** Columns; `undefined` where the answer goes to a file or a pipe. */
  readonly width: number | undefined;
  /** Whether a person can be asked something. */
  readonly interactive: boolean;
  /** Aborted at the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  readInput(): Promise<Uint8Array>;
}

export function processTerminal(): Terminal {
  const { stdin, stdout, stderr, env } = process;
  // `bb events | head -1` is no fault: the reader had enough.
  for (const stream of [stdout, stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(0);
      // A full disk, say. What cannot be told is at least in the exit code.
      if (stream === stdout) stderr.write(`error: standard output cannot be written: ${error.message}\n`);
      process.exit(EXIT.cannotCreate);
    });
  const stop = new AbortController();
  return {
    env,
    cwd: process.cwd(),
    out: (line) => {
      stdout.write(`${line}\n`);
    },
    write: (text) =>
      stdout.write(text) ? Promise.resolve() : new Promise((resolve) => stdout.once("drain", resolve)),
    note: (line) => {
      stderr.write(`${line}\n`);
    },
    paint: painter(env, stdout.isTTY === true),
    width: stdout.isTTY ? stdout.columns : undefined,
    interactive: stdin.isTTY === true && stderr.isTTY === true,
    get signal() {
      listenOnce(stop);
      return stop.signal;
    },
    async readInput() {
      const chunks: Uint8Array[] = [];
      for await (const chunk of stdin) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
  };
}

const listening = new WeakSet<AbortController>();

/** Only a command that asks for the signal ends by itself; all others end as Node ends them. */
function listenOnce(stop: AbortController): void {
  if (listening.has(stop)) return;
  listening.add(stop);
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.once(name, () => {
      stop.abort(new Error(name));
    });
}
