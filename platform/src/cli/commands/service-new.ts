/** `bb service new`: a service from its template, with its registry entry, its contracts and its first build. */
import { type Command, Option } from "commander";
import { action, asJson, type Invocation, several } from "../command.js";
import { EXIT, type ExitCode } from "../exit-codes.js";
import type { ServiceAnswers } from "../registry/write-service.js";
import type { Terminal } from "../terminal/terminal.js";

export interface NewOptions {
  readonly domain?: string;
  readonly language?: "typescript" | "python";
  readonly consumes?: readonly string[];
  readonly produces?: readonly string[];
  readonly description?: string;
  readonly owner: string;
  readonly layer: string;
  readonly registry?: string;
  readonly build: boolean;
  readonly dryRun?: boolean;
}

export function defineServiceNew(service: Command, terminal: Terminal): void {
  service
    .command("new")
    .description(
      "Writes a service, asking for what is not given: its folder, its registry entry, and a draft contract for each event that is not known yet.",
    )
    .argument("[name]", "in kebab-case, as artifact-greeter; asked for without it")
    .option(
      "--domain <domain>",
      "of its queue, services.{domain}.{name}; the first word of what it consumes by default",
    )
    .addOption(new Option("--language <language>", "typescript by default").choices(["typescript", "python"]))
    .option(
      "--consumes <type>",
      "an event type, or pattern, that its queue is bound with (repeatable)",
      several,
    )
    .option("--produces <type>", "an event type that it will publish (repeatable)", several)
    .option("--description <text>", "one sentence")
    .option("--owner <name>", "who answers for it", "33GOD")
    .option("--layer <layer>", "in the topology", "processors")
    .option("--registry <file>", "another registry than services/registry.yaml")
    .option("--no-build", "do not compile it")
    .option("--dry-run", "only show what would be written")
    .addHelpText(
      "after",
      `
Example:
  bb service new artifact-greeter --consumes artifact.created --language python`,
    )
    .action(action<NewOptions, [string | undefined]>(terminal, create));
}

async function create(invocation: Invocation<NewOptions>, name: string | undefined): Promise<ExitCode> {
  const { terminal, options } = invocation;
  const { askForMissing } = await import("../registry/ask.js");
  const { planService, writePlan } = await import("../registry/write-service.js");
  const answers: ServiceAnswers = await askForMissing(terminal, name, options);
  const plan = await planService(terminal.cwd, answers, options.registry);
  const steps = options.dryRun ? [] : await writePlan(plan, options.build);
  if (options.json) {
    terminal.out(
      asJson({
        service: answers.name,
        queue: plan.queue,
        folder: plan.folder,
        files: plan.files.map(({ file }) => file),
        contracts: plan.drafts,
        written: !options.dryRun,
        steps,
      }),
    );
    return EXIT.ok;
  }
  const { paint } = terminal;
  for (const { file, what } of plan.files)
    terminal.out(
      `${options.dryRun ? "would write" : paint.green("wrote")} ${file}${what ? paint.dim(`  ${what}`) : ""}`,
    );
  for (const { did, ok, note } of steps)
    terminal.out(
      `${ok ? paint.green("did  ") : paint.yellow("could not")} ${did}${note ? paint.dim(`  ${note}`) : ""}`,
    );
  if (!options.dryRun) for (const line of plan.next) terminal.note(line);
  return steps.some(({ ok }) => !ok) ? EXIT.no : EXIT.ok;
}
