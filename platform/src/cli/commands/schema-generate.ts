import path from "node:path";
import type { Target } from "@33god/holyfields/tools";
import { type Command, Option } from "commander";
import { action, asJson } from "../command.js";
import { inWords, projectSchemas, schemasFolder } from "../contracts/contract-files.js";
import { GENERATED } from "../contracts/generated.js";
import { CliError } from "../errors.js";
import { EXIT } from "../exit-codes.js";
import type { Terminal } from "../terminal/terminal.js";
import { written } from "../written.js";

interface Options {
  readonly target?: Target;
  readonly from?: string;
  readonly to?: string;
  readonly package?: string;
  readonly check?: boolean;
}

export function defineSchemaGenerate(schema: Command, terminal: Terminal): void {
  schema
    .command("generate")
    .description(
      "Generates typed code from schemas: Zod, Pydantic and SQLAlchemy. The same schemas give the same bytes.",
    )
    .addOption(
      new Option("--target <target>", "all three without it").choices(["zod", "pydantic", "sqlalchemy"]),
    )
    .option("--from <folder>", "of schemas, event contracts or not; holyfields/schemas without it")
    .option("--to <folder>", "where to write; holyfields/generated/… without it")
    .option("--package <name>", "of the Python package")
    .option("--check", "write nothing; end with 1 where something would change")
    .action(
      action<Options>(terminal, async ({ options }) => {
        const from = schemasFolder(terminal.cwd, options.from);
        const home = projectSchemas(terminal.cwd);
        if (options.to === undefined && (options.from !== undefined || home === undefined))
          throw new CliError("BAD_USAGE", "say where to write with --to");
        if (options.to !== undefined && options.target === undefined)
          throw new CliError("BAD_USAGE", "say what to write with --target zod, pydantic or sqlalchemy");
        const { generate, writeFiles } = await import("@33god/holyfields/tools");
        const { staleFiles } = await import("../contracts/stale-files.js");
        const changed: string[] = [];
        for (const [target, place] of GENERATED) {
          if (options.target !== undefined && options.target !== target) continue;
          const files = inWords(() =>
            generate({
              target,
              ...(from !== undefined && { from }),
              ...(options.package !== undefined && { packageName: options.package }),
            }),
          );
          const to =
            options.to === undefined
              ? path.join(path.dirname(home ?? ""), place)
              : path.resolve(terminal.cwd, options.to);
          const stale = options.check ? staleFiles(files, to) : written(() => writeFiles(files, to));
          changed.push(...stale.map((file) => path.relative(terminal.cwd, path.join(to, file))));
        }
        if (options.json) terminal.out(asJson({ changed, written: !options.check }));
        else if (changed.length === 0) terminal.out("everything is up to date");
        else for (const file of changed) terminal.out(`${options.check ? "would change" : "wrote"} ${file}`);
        return options.check && changed.length > 0 ? EXIT.no : EXIT.ok;
      }),
    );
}
