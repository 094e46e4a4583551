/** From the command line to the exit code: parse, run, and say what went wrong in the same way for every command. */
import { CommanderError } from "commander";
import { CliError, messageOf } from "./errors.js";
import { EXIT } from "./exit-codes.js";
import { buildProgram } from "./program.js";
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

function report(error: unknown, terminal: Terminal, json: boolean): number {
  // commander has said what is wrong, or printed the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (terminal.signal.aborted) return 130;
  if (!(error instanceof CliError)) {
    const stack = error instanceof Error && terminal.env.BB_DEBUG ? error.stack : undefined;
    terminal.note(`error: ${stack ?? messageOf(error)}`);
    terminal.note("hint: this is a fault in bb; BB_DEBUG=1 shows where");
    return EXIT.internal;
  }
  if (json) terminal.out(JSON.stringify({ error: asData(error) }, null, 2));
  else say(error, terminal);
  return error.exit;
}

function say({ message, hint, details }: CliError, { note, paint }: Terminal): void {
  note(`${paint.red("error:")} ${message}`);
  for (const line of details) note(`  ${line}`);
  if (hint !== undefined) note(`${paint.dim("hint:")} ${hint}`);
}

function asData({ code, problem, message, hint, details }: CliError): object {
  return {
    code: problem ?? code,
    message,
    ...(hint !== undefined && { hint }),
    ...(details.length > 0 && { details }),
  };
}
