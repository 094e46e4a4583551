/** `bb dlq edit`: a dead letter put right by hand, in the editor or from a file, and sent again as a new event. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Command } from "commander";
import type { DeadLetter } from "../api/answers.js";
import { letterId } from "../api/filters.js";
import { action, asJson } from "../command.js";
import { CliError, messageOf } from "../errors.js";
import { EXIT } from "../exit-codes.js";
import { jsonObject } from "../json-object.js";
import type { Terminal } from "../terminal/terminal.js";

interface Options {
  readonly file?: string;
  readonly reason?: string;
}

export function defineEdit(dlq: Command, terminal: Terminal): void {
  dlq
    .command("edit")
    .description(
      "Opens the event in $VISUAL or $EDITOR; what was saved is checked and sent again as a new event.",
    )
    .argument("<id>", "as `bb dlq list` shows it", letterId)
    .option("--file <file>", "the event from this file instead; - is standard input")
    .option("--reason <text>", "goes into the record")
    .action(
      action<Options, [string]>(terminal, async ({ options, platform }, id) => {
        const client = platform();
        let event: Record<string, unknown>;
        if (options.file !== undefined) event = await fromFile(terminal, options.file);
        else {
          const letter = await client.json<DeadLetter>(`/api/v1/dead-letters/${encodeURIComponent(id)}`);
          const edited = await edit(terminal, letter.event);
          if (edited === undefined) {
            terminal.note("nothing was changed, nothing was sent");
            return EXIT.no;
          }
          event = edited;
        }
        const answer = await client.json<Record<string, unknown>>("/api/v1/dead-letters/redrive", {
          method: "POST",
          body: { ids: [id], event, ...(options.reason && { reason: options.reason }) },
        });
        terminal.out(options.json ? asJson(answer) : "sent again as edited");
        return EXIT.ok;
      }),
    );
}

async function fromFile(terminal: Terminal, file: string): Promise<Record<string, unknown>> {
  if (file === "-") return await jsonObject(await terminal.readInput(), "standard input");
  try {
    return await jsonObject(readFileSync(file), file);
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError("NO_INPUT", `${file} cannot be read: ${messageOf(error)}`);
  }
}

/** The edited document; `undefined` where it is as it was. */
async function edit(
  { env, interactive }: Terminal,
  event: unknown,
): Promise<Record<string, unknown> | undefined> {
  const editor = env.VISUAL || env.EDITOR;
  if (!editor && !interactive)
    throw new CliError("BAD_USAGE", "there is no editor to open", {
      hint: "set EDITOR, or give the event with --file",
    });
  const folder = mkdtempSync(path.join(tmpdir(), "bb-edit-"));
  const file = path.join(folder, "event.json");
  const before = `${JSON.stringify(event, null, 2)}\n`;
  try {
    writeFileSync(file, before, { mode: 0o600 });
    // EDITOR may hold arguments ("code --wait"), so it is the shell's to read; the file's name is not.
    const { status, error } = spawnSync(`${editor || "vi"} "$BB_EDIT_FILE"`, {
      shell: true,
      stdio: "inherit",
      env: { ...process.env, BB_EDIT_FILE: file },
    });
    if (status !== 0)
      throw new CliError("BAD_DATA", `the editor ended with ${error?.message ?? status}`, {
        hint: "nothing was sent",
      });
    const after = readFileSync(file);
    return after.equals(Buffer.from(before)) ? undefined : await jsonObject(after, "what was saved");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
