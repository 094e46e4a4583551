/** The tree of commands. */
import { readFileSync } from "node:fs";
import { Command, Option } from "commander";
import type { Define } from "./command.js";
import { EXIT_MEANINGS } from "./exit-codes.js";
import type { Terminal } from "./terminal/terminal.js";

/** In the order of the help. Each is loaded when it is needed: whoever asks for one does not wait for all. */
const COMMANDS: readonly (readonly [
  heading: string,
  commands: Readonly<Record<string, () => Promise<Define>>>,
])[] = [
  [
    "Running:",
    {
      up: async () => (await import("./commands/up.js")).defineUp,
      broker: async () => (await import("./commands/broker.js")).defineBroker,
    },
  ],
  [
    "Events:",
    {
      publish: async () => (await import("./commands/publish.js")).definePublish,
      tail: async () => (await import("./commands/tail.js")).defineTail,
      events: async () => (await import("./commands/events.js")).defineEvents,
      trace: async () => (await import("./commands/trace.js")).defineTrace,
      replay: async () => (await import("./commands/replay.js")).defineReplay,
    },
  ],
  [
    "When something is wrong:",
    {
      doctor: async () => (await import("./commands/doctor.js")).defineDoctor,
      dlq: async () => (await import("./commands/dlq.js")).defineDlq,
      purge: async () => (await import("./commands/purge.js")).definePurge,
      quarantine: async () => (await import("./commands/quarantine.js")).defineQuarantine,
      audit: async () => (await import("./commands/audit.js")).defineAudit,
    },
  ],
  [
    "Contracts:",
    {
      schema: async () => (await import("./commands/schema.js")).defineSchema,
    },
  ],
  [
    "Services and agents:",
    {
      service: async () => (await import("./commands/service.js")).defineService,
      topology: async () => (await import("./commands/topology.js")).defineTopology,
      webhook: async () => (await import("./commands/webhook.js")).defineWebhook,
      mcp: async () => (await import("./commands/mcp.js")).defineMcp,
    },
  ],
  [
    "Moving and keeping:",
    {
      export: async () => (await import("./commands/export.js")).defineExport,
      import: async () => (await import("./commands/import.js")).defineImport,
      backup: async () => (await import("./commands/backup.js")).defineBackup,
      restore: async () => (await import("./commands/backup.js")).defineRestore,
      migrate: async () => (await import("./commands/migrate.js")).defineMigrate,
    },
  ],
  [
    "This command:",
    {
      config: async () => (await import("./commands/config.js")).defineConfig,
      completion: async () => (await import("./commands/completion.js")).defineCompletion,
    },
  ],
];

export const USAGE_HINT = "`bb help` lists the commands, `bb help <command>` explains one";

/** What shows all others. */
const NEEDS_ALL = "completion";

/** @param word what the command line begins with: where it is a command, only that one is loaded */
export async function buildProgram(terminal: Terminal, word?: string): Promise<Command> {
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
  const one = word !== NEEDS_ALL && COMMANDS.some(([, commands]) => Object.hasOwn(commands, word ?? ""));
  for (const [heading, commands] of COMMANDS)
    for (const [name, load] of Object.entries(commands)) {
      if (one && name !== word) continue;
      const define = await load();
      settle(define(program, terminal).helpGroup(heading));
    }
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
  return text.includes("Did you mean") ? text : `${text.trimEnd()}\nhint: ${USAGE_HINT}\n`;
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
