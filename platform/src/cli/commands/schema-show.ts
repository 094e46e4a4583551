import type { Command } from "commander";
import { action, asJson } from "../command.js";
import { openCatalog } from "../contracts/contract-files.js";
import { outline } from "../contracts/outline.js";
import { CliError } from "../errors.js";
import { EXIT } from "../exit-codes.js";
import { table } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";

interface Options {
  readonly schemas?: string;
  readonly example?: boolean;
  readonly bundle?: boolean;
}

export function defineSchemaShow(schema: Command, terminal: Terminal): void {
  schema
    .command("show")
    .description("Shows a contract: its payload's fields, or with --json the schema itself.")
    .argument("<event type>", "as artifact.created")
    .argument("[version]", "v1, v2, …; the newest without it")
    .option("--example", "a whole event that keeps it")
    .option("--bundle", "the schema, with every file that it refers to under $defs")
    .option("--schemas <folder>", "instead of holyfields/schemas")
    .action(
      action<Options, [string, string | undefined]>(terminal, async ({ options }, type, version) => {
        const catalog = await openCatalog(terminal.cwd, options.schemas);
        const contract = catalog.get(type, version);
        if (contract === undefined) {
          const known = catalog.contracts.filter(({ eventType }) => eventType === type);
          const near = catalog.nearest(type);
          throw new CliError("NOT_FOUND", `there is no contract for ${type}${version ? ` ${version}` : ""}`, {
            hint:
              known.length > 0
                ? `there is ${known.map((one) => one.version).join(", ")}`
                : near.length > 0
                  ? `did you mean ${near.join(" or ")}?`
                  : "`bb schema list` shows all, `bb schema new` writes one",
          });
        }
        const { paint } = terminal;
        if (options.example) terminal.out(asJson(contract.examples[0]));
        else if (options.bundle) {
          const { bundleContract } = await import("@33god/holyfields/tools");
          terminal.out(asJson(bundleContract(catalog, contract)));
        } else if (options.json) terminal.out(asJson(contract.schema));
        else {
          terminal.out(`${paint.bold(contract.eventType)} ${contract.version}  ${contract.title}`);
          terminal.out(paint.dim(`${contract.stability}, ${contract.owner}; ${contract.file}`));
          terminal.out(`\n${contract.description}\n`);
          for (const line of table(
            [
              { title: "payload", value: ({ path, required }) => `${path}${required ? "*" : ""}` },
              { title: "type", value: ({ type: kind }) => kind },
              { title: "limits", value: ({ limits }) => limits },
              { title: "", value: ({ description }) => description, paint: paint.dim },
            ],
            outline(contract.schema),
            paint.bold,
          ))
            terminal.out(line);
          terminal.note(paint.dim("* required; --example shows an event, --json the schema"));
        }
        return EXIT.ok;
      }),
    );
}
