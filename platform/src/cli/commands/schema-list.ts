import type { Contract } from "@33god/holyfields";
import type { Command } from "commander";
import { action, asJson } from "../command.js";
import { openCatalog } from "../contracts/contract-files.js";
import { EXIT } from "../exit-codes.js";
import { paintType } from "../terminal/paint.js";
import { table } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";

export function defineSchemaList(schema: Command, terminal: Terminal): void {
  schema
    .command("list")
    .description("Lists the event types, with version, stability, owner and title.")
    .argument("[text]", "only those with this text in type, title or description")
    .option("--schemas <folder>", "instead of holyfields/schemas")
    .action(
      action<{ readonly schemas?: string }, [string | undefined]>(
        terminal,
        async ({ options }, text = "") => {
          const catalog = await openCatalog(terminal.cwd, options.schemas);
          const wanted = text.toLowerCase();
          const found = catalog.contracts.filter(({ eventType, title, description }) =>
            `${eventType} ${title} ${description}`.toLowerCase().includes(wanted),
          );
          const { paint } = terminal;
          if (options.json)
            terminal.out(
              asJson({
                contracts: found.map(
                  ({ eventType, version, title, description, owner, stability, file }) => ({
                    event_type: eventType,
                    version,
                    title,
                    description,
                    owner,
                    stability,
                    file,
                  }),
                ),
              }),
            );
          else if (found.length === 0) terminal.note(`no contract has "${text}" in it`);
          else
            for (const line of table<Contract>(
              [
                {
                  title: "event type",
                  value: ({ eventType }) => eventType,
                  paint: (cell, { eventType }) => paintType(paint, eventType, cell),
                },
                { title: "version", value: ({ version }) => version },
                { title: "stability", value: ({ stability }) => stability },
                { title: "owner", value: ({ owner }) => owner },
                { title: "", value: ({ description }) => description.split("\n")[0] ?? "", paint: paint.dim },
              ],
              found,
              paint.bold,
            ))
              terminal.out(line);
          return found.length > 0 ? EXIT.ok : EXIT.no;
        },
      ),
    );
}
