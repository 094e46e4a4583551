/** Real Python programs, as a user would run them: their own processes, with python/src on the path. */
import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { eventually } from "../../../bloodbank/client/test/support/eventually.js";

/** The interpreter that has python/requirements-test.txt; without it the Python tests are skipped. */
export const interpreter = process.env.TEST_PYTHON;

const home = fileURLToPath(new URL("../..", import.meta.url));

export const programs = path.join(home, "test", "programs");

/** What an editable install puts on the path: the package, and the models that Holyfields generates. */
export const pythonPath = ["src", "../holyfields/generated/python"]
  .map((folder) => path.join(home, folder))
  .join(path.delimiter);

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Without it, the packages are those of the checkout. */
  readonly pythonPath?: string;
}

export interface Program {
  /** Lines of its standard output so far. */
  readonly lines: readonly string[];
  /** Everything that it wrote to its standard error so far. */
  readonly errors: string;
  /** Null while it runs. */
  readonly exitCode: number | null;
  /** The first line that begins with this word, without it; fails when the program ends before. */
  said(word: string, timeout?: number): Promise<string>;
  /** Writes a line to its standard input. */
  tell(line: string): void;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
  /** Ends it (SIGTERM, then SIGKILL) and waits until it has ended. */
  stop(): Promise<void>;
}

/** Starts `python <arguments>`; a first argument that ends in .py is one of test/programs. */
export function startPython(argv: readonly string[], options: ProgramOptions = {}): Program {
  const [first = "", ...rest] = argv;
  const script = first.endsWith(".py") && !path.isAbsolute(first) ? path.join(programs, first) : first;
  const { RABBITMQ_URL: _, BLOODBANK_DATA_DIR: __, ...clean } = process.env;
  const child = spawn(interpreter ?? "python3", [script, ...rest], {
    cwd: options.cwd,
    env: {
      ...clean,
      PYTHONPATH: options.pythonPath ?? pythonPath,
      PYTHONUNBUFFERED: "1",
      PYTHONDONTWRITEBYTECODE: "1",
      ...options.env,
    },
  });
  const lines: string[] = [];
  let errors = "";
  let begun = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const parts = (begun + text).split("\n");
    begun = parts.pop() ?? "";
    lines.push(...parts);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  return {
    lines,
    get errors() {
      return errors;
    },
    get exitCode() {
      return child.exitCode;
    },
    said: (word, timeout = 90_000) =>
      eventually(
        () => {
          const line = lines.find((text) => text === word || text.startsWith(`${word} `));
          if (line === undefined && child.exitCode !== null)
            throw new Error(
              `${argv.join(" ")} ended with ${child.exitCode}:\n${lines.join("\n")}\n${errors}`,
            );
          return line === undefined ? undefined : { text: line.slice(word.length + 1) };
        },
        `"${word}" from ${first}; it said:\n${lines.join("\n")}\n${errors}`,
        timeout,
      ).then(({ text }) => text),
    tell: (line) => {
      child.stdin.write(`${line}\n`);
    },
    ended,
    stop: () => stop(child, ended),
  };
}

/** Runs a program to its end and gives what it printed. Fails where it failed. */
export async function runPython(argv: readonly string[], options: ProgramOptions = {}): Promise<string> {
  const program = startPython(argv, options);
  const code = await program.ended;
  if (code !== 0)
    throw new Error(`${argv.join(" ")} ended with ${code}:\n${program.lines.join("\n")}\n${program.errors}`);
  return program.lines.join("\n");
}

async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const patience = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await ended;
  clearTimeout(patience);
}
