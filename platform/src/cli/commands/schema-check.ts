/** `bb schema check`: whether a change of the contracts breaks somebody, and whom. */

import type { CompatibilityMode, CompatibilityPolicy, SubjectCheck } from "@33god/holyfields/tools";
import { type Command, Option } from "commander";
import { wholeNumber } from "../api/filters.js";
import { action, asJson, type Invocation } from "../command.js";
import { asCliError, schemasFolder } from "../contracts/contract-files.js";
import { findingLines, MODES, verdictWord } from "../contracts/findings.js";
import { type Impact, impactOf } from "../contracts/impact.js";
import { fetchedContracts } from "../contracts/remote.js";
import { EXIT, type ExitCode } from "../exit-codes.js";
import type { Terminal } from "../terminal/terminal.js";

interface Options {
  readonly against?: string;
  readonly mode?: CompatibilityMode;
  readonly policy?: CompatibilityPolicy;
  readonly schemas?: string;
  readonly events?: boolean;
  readonly days: number;
}

export function defineSchemaCheck(schema: Command, terminal: Terminal): void {
  schema
    .command("check")
    .description(
      "Checks each changed contract against what it was: in a git revision, a folder, a running platform, or the ledger of all revisions.",
    )
    .option("--against <git ref, folder or URL>", "what it was; all revisions of the ledger without it")
    .addOption(new Option("--mode <mode>", "FULL_TRANSITIVE by default").choices(MODES))
    .addOption(new Option("--policy <policy>", "lenient by default").choices(["strict", "lenient"]))
    .option("--schemas <folder>", "instead of holyfields/schemas")
    .option("--events", "count the recorded events that would break, at the running platform")
    .option("--days <days>", "how far back --events looks", wholeNumber(1, 36_500), 7)
    .action(action<Options>(terminal, check));
}

async function check({ terminal, options, platform }: Invocation<Options>): Promise<ExitCode> {
  const { checkSchemas } = await import("@33god/holyfields/tools");
  const schemasDir = schemasFolder(terminal.cwd, options.schemas);
  const remote = /^https?:\/\//.test(options.against ?? "");
  const fetched = remote ? await fetchedContracts(options.against ?? "", terminal) : undefined;
  let result: ReturnType<typeof checkSchemas>;
  try {
    const against = fetched?.folder ?? options.against;
    result = checkSchemas({
      ...(against !== undefined && { against }),
      ...(schemasDir !== undefined && { schemasDir }),
      ...(options.mode && { mode: options.mode }),
      ...(options.policy && { policy: options.policy }),
    });
  } catch (error) {
    throw asCliError(error);
  } finally {
    fetched?.remove();
  }
  const changed = result.subjects.filter(({ change }) => change !== "unchanged");
  const recorded = options.events ? { client: platform(), days: options.days } : undefined;
  const impacts = new Map<string, Impact>();
  for (const one of changed)
    impacts.set(one.subject, await impactOf(one, terminal.cwd, schemasDir, recorded));
  if (options.json)
    terminal.out(
      asJson({
        compatible: result.compatible,
        subjects: result.subjects.map((one) => ({ ...one, impact: impacts.get(one.subject) ?? null })),
      }),
    );
  else {
    for (const one of changed)
      for (const line of told(one, impacts.get(one.subject), terminal)) terminal.out(line);
    const unchanged = result.subjects.length - changed.length;
    terminal.out(
      `${changed.length} changed, ${unchanged} unchanged: ${verdictWord(result.compatible, terminal.paint)}`,
    );
  }
  return result.compatible === true ? EXIT.ok : EXIT.no;
}

function told(one: SubjectCheck, impact: Impact | undefined, { paint }: Terminal): readonly string[] {
  const { subject, change, stability, mode, policy, findings, compatible } = one;
  const free = stability === "draft" ? paint.dim(" (a draft may change)") : "";
  return [
    `${paint.bold(subject)} ${change}: ${verdictWord(compatible, paint)} under ${mode}, ${policy}${free}`,
    ...findings.flatMap((finding) => findingLines(finding, paint).map((line) => `  ${line}`)),
    ...(impact !== undefined && impact.consumers.length > 0
      ? [`  consumed by ${impact.consumers.join(", ")}`]
      : []),
    ...(impact?.events === undefined
      ? []
      : [
          `  ${impact.events.broken} of ${impact.events.complete ? "" : "the last "}${impact.events.looked} recorded events of the last ${impact.events.days} days would break it`,
        ]),
  ];
}
