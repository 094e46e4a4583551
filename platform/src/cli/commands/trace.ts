/** `bb trace`: what caused an event, and what came of it. */
import type { Trace } from "../api/answers.js";
import { wholeNumber } from "../api/filters.js";
import { action, asJson, type Define } from "../command.js";
import { CliError } from "../errors.js";

interface Options {
  readonly times?: boolean;
  readonly limit?: number;
  readonly ids?: boolean;
}

export const defineTrace: Define = (parent, terminal) =>
  parent
    .command("trace")
    .summary("draw what caused an event, and what came of it")
    .description("Draws the whole causal graph of an event as a tree from its roots: type, then app.")
    .argument("<event id>", "of any event of the graph")
    .option("--times", "with the time from the first event, and since the cause")
    .option("--ids", "with the event ids")
    .option("--limit <events>", "at most so many events", wholeNumber(1))
    .addHelpText(
      "after",
      `
Missing causes, which the store has never seen, are marked with "?"; an event with several causes is drawn beneath
each, its effects beneath the first alone; the event that was asked for is marked with "◀". Where an event failed and
waits for its next attempt, its line says in which queue, when (UTC), and why; where it lies as a dead letter, after
how many attempts; and what was done to it. Deeper than 32 levels it begins at the left again, after "⋯" and how many
levels are left out.

Example:
  bb trace 0198f0c4-7b1e-7c3a-8f00-000000000001 --times`,
    )
    .action(
      action<Options, [string]>(terminal, async ({ options, platform }, eventId) => {
        if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(eventId))
          throw new CliError("BAD_USAGE", `"${eventId}" is not an event id`, {
            hint: "an event id is a UUID: `bb events` lists the latest with --ids",
          });
        const limit = options.limit === undefined ? "" : `&limit=${options.limit}`;
        const asked = `/api/v1/events/trace/${eventId.toLowerCase()}?dead_letters=true${limit}`;
        const trace = await platform().json<Trace>(asked);
        if (options.json) terminal.out(asJson(trace));
        else {
          const { drawTrace } = await import("../terminal/trace-tree.js");
          const { times = false, ids = false } = options;
          for (const line of drawTrace(trace, { times, ids, paint: terminal.paint })) terminal.out(line);
          if (trace.dead_letters_complete === false)
            terminal.note("not all dead letters could be looked at: `bb dlq` has the others");
          if (trace.truncated)
            terminal.note(`only ${trace.nodes.length} events are shown: --limit shows more`);
        }
        return undefined;
      }),
    );
