/** The tree of commands. */
import { readFileSync } from "node:fs";
import { Command, Option } from "commander";
import type { Define } from "./command.js";
import { defineAudit } from "./commands/audit.js";
import { defineBackup, defineRestore } from "./commands/backup.js";
import { defineBroker } from "./commands/broker.js";
import { defineCompletion } from "./commands/completion.js";
import { defineConfig } from "./commands/config.js";
import { defineDlq } from "./commands/dlq.js";
import { defineDoctor } from "./commands/doctor.js";
import { defineEvents } from "./commands/events.js";
import { defineExport } from "./commands/export.js";
import { defineImport } from "./commands/import.js";
import { defineMcp } from "./commands/mcp.js";
import { defineMigrate } from "./commands/migrate.js";
import { definePublish } from "./commands/publish.js";
import { defineQuarantine } from "./commands/quarantine.js";
import { defineReplay } from "./commands/replay.js";
import { defineSchema } from "./commands/schema.js";
import { defineService } from "./commands/service.js";
import { defineTail } from "./commands/tail.js";
import { defineTopology } from "./commands/topology.js";
import { defineTrace } from "./commands/trace.js";
import { defineUp } from "./commands/up.js";
import { defineWebhook } from "./commands/webhook.js";
import { EXIT_MEANINGS } from "./exit-codes.js";
import type { Terminal } from "./terminal/terminal.js";

/** In the order of the help. */
const COMMANDS: readonly (readonly [heading: string, commands: readonly Define[]])[] = [
  ["Running:", [defineUp, defineBroker]],
  ["Events:", [definePublish, defineTail, defineEvents, defineTrace, defineReplay]],
  ["When something is wrong:", [defineDoctor, defineDlq, defineQuarantine, defineAudit]],
  ["Contracts:", [defineSchema]],
  ["Services and agents:", [defineService, defineTopology, defineWebhook, defineMcp]],
  ["Moving and keeping:", [defineExport, defineImport, defineBackup, defineRestore, defineMigrate]],
  ["This command:", [defineConfig, defineCompletion]],
];

export function buildProgram(terminal: Terminal): Command {
  const program = new Command("bb");
  program
    .description("Typed events between services: run the platform, and look into it.")
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "show help for a command")
    .helpCommand("help [command]", "show help for a command")
    .addOption(new Option("--json", "answer for machines, as JSON"))
    .addOption(new Option("--url <address>", "the platform's HTTP address").env("BLOODBANK_URL"))
    .addOption(new Option("--token <token>", "where the platform asks for one").env("BLOODBANK_TOKEN"))
    .showSuggestionAfterError(true)
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .configureOutput({
      writeOut: (text) => void terminal.write(text),
      writeErr: (text) => terminal.note(text.trimEnd()),
      outputError: (text, write) => write(withHint(text)),
    })
    .addHelpText("after", () => `\n${afterHelp()}`)
    .exitOverride();
  for (const [heading, commands] of COMMANDS)
    for (const define of commands) settle(define(program, terminal).helpGroup(heading));
  return program;
}

/** Settings that commander hands down only to commands made by `command()`; and none may swallow a wrong word. */
function settle(command: Command): void {
  command.allowExcessArguments(false);
  for (const child of command.commands) settle(child);
}

/** The version of this package; read when it is asked for. */
function version(): string {
  const manifest: { version: string } = JSON.parse(
    readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
  );
  return manifest.version;
}

function withHint(text: string): string {
  return text.includes("Did you mean")
    ? text
    : `${text.trimEnd()}\nhint: \`bb help\` lists the commands, \`bb help <command>\` explains one\n`;
}

function afterHelp(): string {
  const lines = EXIT_MEANINGS.map(([code, meaning]) => `  ${String(code).padStart(2)}  ${meaning}`);
  return [
    "The platform is found by --url, then BLOODBANK_HTTP_PORT, then .bloodbank/platform.json here or in a folder above.",
    "",
    "Exit codes:",
    ...lines,
  ].join("\n");
}
