/** `bb schema new`, `bb schema lint` and `bb schema docs`. */
import { readdirSync } from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import { action, asJson } from "../command.js";
import { inWords, schemasFolder } from "../contracts/contract-files.js";
import { CliError } from "../errors.js";
import { EXIT } from "../exit-codes.js";
import { findRegistryFile } from "../registry/find-registry.js";
import type { Terminal } from "../terminal/terminal.js";
import { written } from "../written.js";

interface NewOptions {
  readonly schemas?: string;
  readonly schemaVersion?: string;
  readonly owner?: string;
  readonly description?: string;
  readonly dryRun?: boolean;
}

export function defineSchemaNew(schema: Command, terminal: Terminal): void {
  schema
    .command("new")
    .description("Writes a draft contract that lints; for a type that there is, its next version.")
    .argument("<event type>", "two to four words, as artifact.created")
    .option("--schema-version <version>", "instead of the next one")
    .option("--description <sentence>", "what has happened")
    .option("--owner <name>", "who answers for it")
    .option("--schemas <folder>", "instead of holyfields/schemas")
    .option("--dry-run", "only show what would be written")
    .action(
      action<NewOptions, [string]>(terminal, async ({ options }, eventType) => {
        const schemasDir = schemasFolder(terminal.cwd, options.schemas);
        if (schemasDir === undefined)
          throw new CliError("NO_INPUT", "there is no holyfields/schemas here or above", {
            hint: "name a folder with --schemas",
          });
        const { scaffoldSchema, writeScaffold } = await import("@33god/holyfields/tools");
        const scaffold = inWords(() =>
          scaffoldSchema({
            eventType,
            schemasDir,
            ...(options.schemaVersion && { version: options.schemaVersion }),
            ...(options.description && { description: options.description }),
            ...(options.owner && { owner: options.owner }),
          }),
        );
        if (!options.dryRun) written(() => writeScaffold(scaffold));
        const file = path.relative(terminal.cwd, scaffold.file);
        if (options.json)
          terminal.out(
            asJson({ event_type: eventType, version: scaffold.version, file, written: !options.dryRun }),
          );
        else if (options.dryRun) terminal.out(scaffold.text.trimEnd());
        else {
          terminal.out(`wrote ${file}`);
          terminal.note("next: say what is in the payload, then `bb schema lint` and `bb schema generate`");
        }
        return EXIT.ok;
      }),
    );
}

export function defineSchemaLint(schema: Command, terminal: Terminal): void {
  schema
    .command("lint")
    .description(
      "Checks every contract's file: name, ids, texts, owner, examples, formats, and what no engine could express.",
    )
    .option("--schemas <folder>", "instead of holyfields/schemas")
    .option("--rules", "list the rules")
    .action(
      action<{ readonly schemas?: string; readonly rules?: boolean }>(terminal, async ({ options }) => {
        const { LINT_RULES, lintSchemas } = await import("@33god/holyfields/tools");
        const { paint } = terminal;
        if (options.rules) {
          if (options.json) terminal.out(asJson(LINT_RULES));
          else
            for (const [name, rule] of Object.entries(LINT_RULES))
              terminal.out(`${name.padEnd(24)} ${rule.severity.padEnd(8)} ${paint.dim(rule.asks)}`);
          return EXIT.ok;
        }
        const schemasDir = schemasFolder(terminal.cwd, options.schemas);
        // A folder that is not the one that was meant would be clean.
        if (schemasDir !== undefined && !holdsSchemas(schemasDir))
          throw new CliError("NO_INPUT", `${schemasDir} holds no schema`, {
            hint: "contracts are files named <domain>/<entity>.<action>.v<N>.schema.json",
          });
        const findings = lintSchemas(schemasDir === undefined ? {} : { schemasDir });
        const errors = findings.filter(({ severity }) => severity === "error").length;
        if (options.json) terminal.out(asJson({ errors, findings }));
        else {
          for (const { severity, file, pointer, message, hint, rule } of findings) {
            const word = severity === "error" ? paint.red("error") : paint.yellow("warning");
            terminal.out(
              `${path.relative(terminal.cwd, file)}${pointer}: ${word} ${message} ${paint.dim(rule)}`,
            );
            terminal.out(paint.dim(`  ${hint}`));
          }
          terminal.out(`${errors} errors, ${findings.length - errors} warnings`);
        }
        return errors > 0 ? EXIT.no : EXIT.ok;
      }),
    );
}

const holdsSchemas = (folder: string): boolean =>
  readdirSync(folder, { recursive: true }).some((name) => String(name).endsWith(".schema.json"));

export function defineSchemaDocs(schema: Command, terminal: Terminal): void {
  schema
    .command("docs")
    .description(
      "Writes the catalog as a static site that can be searched: contracts, versions, examples, producers, consumers.",
    )
    .argument("<folder>", "made where it is missing")
    .option("--schemas <folder>", "instead of holyfields/schemas")
    .option("--title <text>", "of the site")
    .option("--asyncapi", "and an AsyncAPI 3 document, asyncapi.json")
    .action(
      action<{ readonly schemas?: string; readonly title?: string; readonly asyncapi?: boolean }, [string]>(
        terminal,
        async ({ options }, folder) => {
          const { asyncApi, docsSite, loadSchemaSet, writeFiles } = await import("@33god/holyfields/tools");
          const { loadCatalog } = await import("@33god/holyfields");
          const schemasDir = schemasFolder(terminal.cwd, options.schemas);
          const catalog = inWords(() => ({
            contracts: loadCatalog(schemasDir === undefined ? {} : { schemasDir }).contracts,
            schemas: loadSchemaSet(schemasDir),
          }));
          const services = await registered(terminal.cwd, [
            ...new Set(catalog.contracts.map(({ eventType }) => eventType)),
          ]);
          const site = docsSite({
            catalog,
            producers: byType(services, "sends"),
            consumers: byType(services, "receives"),
            ...(options.title && { title: options.title }),
          });
          const document = options.asyncapi
            ? [
                {
                  path: "asyncapi.json",
                  text: `${asJson(asyncApi({ catalog, services, ...(options.title && { title: options.title }) }))}\n`,
                },
              ]
            : [];
          const target = path.resolve(terminal.cwd, folder);
          written(() => writeFiles([...site, ...document], target));
          if (options.json) terminal.out(asJson({ folder: target, pages: site.length }));
          else terminal.out(`${site.length} pages in ${folder}; begin at ${path.join(folder, "index.html")}`);
          return EXIT.ok;
        },
      ),
    );
}

interface Traffic {
  readonly name: string;
  readonly description: string;
  readonly sends: readonly string[];
  readonly receives: readonly string[];
}

async function registered(cwd: string, types: readonly string[]): Promise<readonly Traffic[]> {
  const { loadRegistry, overlap } = await import("@33god/registry");
  let file: string;
  try {
    ({ file } = findRegistryFile(cwd, undefined));
  } catch {
    return [];
  }
  const matching = (keys: readonly string[] = []) =>
    types.filter((type) => keys.some((key) => overlap(key, type)));
  return Object.values(loadRegistry(file).registry?.services ?? {}).map(
    ({ name, description, produces, routing_keys }) => ({
      name,
      description,
      sends: matching(produces),
      receives: matching(routing_keys),
    }),
  );
}

function byType(services: readonly Traffic[], way: "sends" | "receives"): Record<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const service of services)
    for (const type of service[way]) found.set(type, [...(found.get(type) ?? []), service.name]);
  return Object.fromEntries(found);
}
