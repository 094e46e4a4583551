/** `bb schema compare` and `bb schema diff`: two schema files, event contracts or not. */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { CompatibilityMode, CompatibilityPolicy } from "@33god/holyfields/tools";
import { type Command, Option } from "commander";
import { action, asJson } from "../command.js";
import { inWords, openCatalog, schemasFolder } from "../contracts/contract-files.js";
import { findingLines, MODES, verdictWord } from "../contracts/findings.js";
import { CliError, messageOf } from "../errors.js";
import { EXIT } from "../exit-codes.js";
import type { Terminal } from "../terminal/terminal.js";

export function defineSchemaCompare(schema: Command, terminal: Terminal): void {
  schema
    .command("compare")
    .description(
      "Says whether a new schema is compatible with an old one; for each reason against it, an event that shows it.",
    )
    .argument("<old>", "a file of JSON Schema")
    .argument("<new>", "a file of JSON Schema")
    .addOption(new Option("--mode <mode>").choices(MODES).default("BACKWARD"))
    .addOption(new Option("--policy <policy>").choices(["strict", "lenient"]).default("strict"))
    .option("--schemas <folder>", "what the two refer to; holyfields/schemas without it")
    .action(
      action<
        { readonly mode: CompatibilityMode; readonly policy: CompatibilityPolicy; readonly schemas?: string },
        [string, string]
      >(terminal, async ({ options }, older, newer) => {
        const { compareSchemas, loadSchemaSet } = await import("@33god/holyfields/tools");
        const folder = schemasFolder(terminal.cwd, options.schemas);
        const [before, after] = await Promise.all([older, newer].map((name) => readSchema(terminal, name)));
        const result = inWords(() => {
          const files = folder === undefined ? [] : loadSchemaSet(folder).files;
          return compareSchemas(before, after, {
            mode: options.mode,
            policy: options.policy,
            context: { older: files, newer: files },
          });
        });
        const { paint } = terminal;
        if (options.json) terminal.out(asJson(result));
        else {
          for (const finding of result.findings)
            for (const line of findingLines(finding, paint)) terminal.out(line);
          terminal.out(`${verdictWord(result.compatible, paint)} under ${result.mode}, ${result.policy}`);
        }
        return result.compatible === true ? EXIT.ok : EXIT.no;
      }),
    );
  schema
    .command("diff")
    .description("Shows what changed between two schemas, as a changelog tells it.")
    .argument("<old>", "a file, or a contract as artifact.created:v1")
    .argument("<new>", "a file, or a contract as artifact.created:v2")
    .option("--schemas <folder>", "instead of holyfields/schemas")
    .action(
      action<{ readonly schemas?: string }, [string, string]>(terminal, async ({ options }, older, newer) => {
        const { diffSchemas, renderChanges } = await import("@33god/holyfields/tools");
        const [before, after] = await Promise.all(
          [older, newer].map((name) => fileOrContract(terminal, name, options.schemas)),
        );
        const changes = diffSchemas(before, after);
        if (options.json) terminal.out(asJson({ changes }));
        else if (changes.length === 0) terminal.out("they say the same");
        else terminal.out(renderChanges(changes).trimEnd());
        return EXIT.ok;
      }),
    );
}

async function fileOrContract(
  terminal: Terminal,
  name: string,
  schemas: string | undefined,
): Promise<unknown> {
  const named = /^([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*){1,3}):(v\d+)$/.exec(name);
  if (named === null) return readSchema(terminal, name);
  const contract = (await openCatalog(terminal.cwd, schemas)).get(named[1] ?? "", named[2]);
  if (contract === undefined) {
    const hint = "`bb schema list` shows all";
    throw new CliError("NOT_FOUND", `there is no contract ${name}`, { hint });
  }
  return contract.schema;
}

async function readSchema({ cwd }: Terminal, name: string): Promise<unknown> {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path.resolve(cwd, name));
  } catch (error) {
    throw new CliError("NO_INPUT", `${name} cannot be read: ${messageOf(error)}`);
  }
  const { parseSchema } = await import("@33god/holyfields/tools");
  return inWords(() => parseSchema(bytes, name));
}
