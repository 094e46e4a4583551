/** From the command line to the exit code: parse, run, and say what went wrong in the same way for every command. */
import { CommanderError } from "commander";
import { StartError, systemCode } from "../errors.js";
import { asJson } from "./command.js";
import { CliError, messageOf } from "./errors.js";
import { EXIT } from "./exit-codes.js";
import { buildProgram, USAGE_HINT } from "./program.js";
import { processTerminal, type Terminal } from "./terminal/terminal.js";

/** Sets the exit code, and returns when everything was said. Never rejects. */
export async function main(argv: readonly string[]): Promise<void> {
  const terminal = processTerminal();
  const program = await buildProgram(terminal, argv[0]);
  try {
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    process.exitCode = report(error, terminal, argv.includes("--json"));
  }
}

function report(thrown: unknown, terminal: Terminal, json: boolean): number {
  // commander has said what is wrong, or printed the help that was asked for.
  if (thrown instanceof CommanderError) {
    if (thrown.exitCode === 0) return EXIT.ok;
    if (json) terminal.out(asJson({ error: usageError(thrown) }));
    return EXIT.usage;
  }
  if (terminal.signal.aborted) return 130;
  const error = foreseen(thrown);
  const said = error === undefined ? fault(thrown, terminal) : asData(error);
  if (json) terminal.out(asJson({ error: said }));
  else say(said, terminal);
  if (error === undefined) return EXIT.internal;
  return error instanceof StartError ? error.exitCode : error.exit;
}

function foreseen(thrown: unknown): CliError | StartError | undefined {
  if (thrown instanceof CliError || thrown instanceof StartError) return thrown;
  // A file, that is; what is written says so where it is.
  if (systemCode(thrown) === undefined || !(thrown instanceof Error && "path" in thrown)) return undefined;
  return new CliError("NO_INPUT", `${String(thrown.path)} cannot be read: ${messageOf(thrown)}`, {
    cause: thrown,
  });
}

function fault(thrown: unknown, { env }: Terminal): Said {
  const stack = thrown instanceof Error && env.BB_DEBUG ? thrown.stack : undefined;
  const hint = "this is a fault in bb; BB_DEBUG=1 shows where";
  return { code: "FAULT", message: stack ?? messageOf(thrown), hint };
}

interface Said {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly details?: readonly string[];
}

function say({ code, message, hint, details = [] }: Said, { note, paint }: Terminal): void {
  for (const line of `${message} (${code})`.split("\n")) note(`${paint.red("error:")} ${line}`);
  for (const line of details) note(`  ${line}`);
  if (hint !== undefined) note(`${paint.dim("hint:")} ${hint}`);
}

/** commander's codes are its own: whatever the command line lacks is one code of ours. */
function usageError({ code, message }: CommanderError): Said {
  // A command that is none by itself (`bb dlq`): its help was shown.
  const text = code === "commander.help" ? "a subcommand is missing" : message.replace(/^error: /, "");
  return asData(new CliError("BAD_USAGE", text, { hint: USAGE_HINT }));
}

function asData(error: CliError | StartError): Said {
  const { message, hint } = error;
  const { problem, details } =
    error instanceof CliError ? error : { problem: undefined, details: [] as readonly string[] };
  return {
    code: problem ?? error.code,
    message,
    ...(hint !== undefined && { hint }),
    ...(details.length > 0 && { details }),
  };
}
