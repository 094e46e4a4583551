/** From the command line to the exit code: parse, run, and say what went wrong in the same way for every command. */
import { CommanderError } from "commander";
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

function report(error: unknown, terminal: Terminal, json: boolean): number {
  // commander has said what is wrong, or printed the help that was asked for.
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.ok;
    if (json) terminal.out(asJson({ error: usageError(error) }));
    return EXIT.usage;
  }
  if (terminal.signal.aborted) return 130;
  if (!(error instanceof CliError)) {
    const stack = error instanceof Error && terminal.env.BB_DEBUG ? error.stack : undefined;
    terminal.note(`error: ${stack ?? messageOf(error)}`);
    terminal.note("hint: this is a fault in bb; BB_DEBUG=1 shows where");
    return EXIT.internal;
  }
  if (json) terminal.out(asJson({ error: asData(error) }));
  else say(error, terminal);
  return error.exit;
}

function say({ message, hint, details }: CliError, { note, paint }: Terminal): void {
  note(`${paint.red("error:")} ${message}`);
  for (const line of details) note(`  ${line}`);
  if (hint !== undefined) note(`${paint.dim("hint:")} ${hint}`);
}

/** commander's codes are its own: whatever the command line lacks is one code of ours. */
function usageError({ code, message }: CommanderError): object {
  // A command that is none by itself (`bb dlq`): its help was shown.
  const text = code === "commander.help" ? "a subcommand is missing" : message.replace(/^error: /, "");
  return asData(new CliError("BAD_USAGE", text, { hint: USAGE_HINT }));
}

function asData({ code, problem, message, hint, details }: CliError): object {
  return {
    code: problem ?? code,
    message,
    ...(hint !== undefined && { hint }),
    ...(details.length > 0 && { details }),
  };
}
