import { CliError } from "../errors.js";
import type { Terminal } from "./terminal.js";

/** Whether the person says yes; a program has to say `--yes`. */
export async function confirmed(
  terminal: Terminal,
  yes: boolean | undefined,
  question: string,
): Promise<boolean> {
  if (yes) return true;
  if (!terminal.interactive) throw new CliError("BAD_USAGE", `${question} Say so with --yes`);
  const { confirm, isCancel } = await import("@clack/prompts");
  const answer = await confirm({ message: question, output: process.stderr, initialValue: false });
  return !isCancel(answer) && answer;
}
