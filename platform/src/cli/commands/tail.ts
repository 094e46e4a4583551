/** `bb tail`: events as they happen. */
import { follow } from "../api/event-stream.js";
import { addFilters, type FilterOptions, filterQuery, wholeNumber } from "../api/filters.js";
import { action, type Define } from "../command.js";
import { EXIT } from "../exit-codes.js";

interface Options extends FilterOptions {
  readonly compact?: boolean;
  readonly ids?: boolean;
  readonly limit?: number;
  readonly full?: boolean;
}

export const defineTail: Define = (parent, terminal) =>
  addFilters(
    parent
      .command("tail")
      .summary("show events as they happen")
      .description(
        "Shows events as they are recorded, within a second, until Ctrl-C. A lost connection is taken up again.",
      )
      .argument("[pattern...]", "event types, or patterns with * and #; all without one"),
  )
    .option("--compact", "time, type and gist only")
    .option("--full", "each event whole")
    .option("--ids", "with the event ids")
    .option("-n, --limit <events>", "end after so many", wholeNumber(1))
    .addHelpText(
      "after",
      `
With --since the recorded events from then on come first. With --json each line is one event.

Examples:
  bb tail 'theboard.#' 'agent.feedback.*'
  bb tail --invalid --full
  bb tail --json | jq .event.payload`,
    )
    .action(
      action<Options, [readonly string[]]>(terminal, async ({ options, platform }, patterns) => {
        const { eventLine, eventPage } = await import("../terminal/event-line.js");
        const { paint } = terminal;
        const style = {
          paint,
          ids: options.ids === true,
          compact: options.compact === true,
          width: terminal.width,
        };
        const client = platform();
        const stop = new AbortController();
        const signal = AbortSignal.any([terminal.signal, stop.signal]);
        const events = follow(client, {
          query: filterQuery(options, patterns),
          signal,
          // From the beginning of what --since lets through.
          ...(options.since !== undefined && { after: 0 }),
          onState: (state, reason) =>
            terminal.note(paint.dim(state === "lost" ? `… ${reason}; trying again` : "… connected again")),
        });
        let seen = 0;
        for await (const stored of events) {
          if (options.json) await terminal.write(`${JSON.stringify(stored)}\n`);
          else if (options.full) await terminal.write(`${eventPage(stored, paint).join("\n")}\n\n`);
          else await terminal.write(`${eventLine(stored, style)}\n`);
          seen += 1;
          if (seen === options.limit) {
            stop.abort();
            break;
          }
        }
        return EXIT.ok;
      }),
    );
