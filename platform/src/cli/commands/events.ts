/** `bb events`: find recorded events. */
import { Option } from "commander";
import type { EventPage, StoredEvent } from "../api/answers.js";
import type { PlatformClient } from "../api/client.js";
import { addFilters, type FilterOptions, filterQuery, wholeNumber } from "../api/filters.js";
import { action, asJson, type Define } from "../command.js";
import { CliError } from "../errors.js";
import { EXIT } from "../exit-codes.js";

interface Options extends FilterOptions {
  readonly limit: number;
  readonly all?: boolean;
  readonly oldest?: boolean;
  readonly ids?: boolean;
  readonly counts?: boolean;
  readonly format?: "ndjson" | "csv";
}

/** Events that are asked for at once. */
const PAGE = 500;

/** Words that are no event id, and what is meant by them. */
const MEANT: Readonly<Record<string, string>> = {
  list: "`bb events` alone lists them",
  show: "`bb events <event id>` shows one",
  get: "`bb events <event id>` shows one",
  count: "`bb events --counts` counts them",
  counts: "`bb events --counts` counts them",
  histogram: "`bb events --counts` counts them over time as well",
  stream: "`bb tail` shows them as they arrive",
  tail: "`bb tail` shows them as they arrive",
  trace: "`bb trace <event id>` draws what caused one, and what came of it",
  export: "`bb export` writes them out",
  import: "`bb import <file>` brings them in",
};

export const defineEvents: Define = (parent, terminal) =>
  addFilters(
    parent
      .command("events")
      .summary("find recorded events, or show one whole")
      .description("Lists recorded events, the newest first. With an event id: that event, whole.")
      .argument("[event id]", "show this event"),
  )
    .option("-n, --limit <events>", "at most so many", wholeNumber(1), 50)
    .option("--all", "all of them, however many")
    .option("--oldest", "the oldest first")
    .option("--ids", "with the event ids")
    .addOption(
      new Option("--counts", "how many by type, by source and over time, instead of a list").conflicts(
        "format",
      ),
    )
    .addOption(
      new Option("--format <format>", "for other programs; implies --all").choices(["ndjson", "csv"]),
    )
    .addHelpText(
      "after",
      `
Examples:
  bb events --type 'fireflies.#' --since 1h
  bb events --invalid
  bb events --counts --since 7d
  bb events --where meeting_id=42 --all --json`,
    )
    .action(
      action<Options, [string | undefined]>(terminal, async (invocation, eventId) => {
        const { options, platform } = invocation;
        if (eventId !== undefined) {
          const hint = Object.hasOwn(MEANT, eventId) ? MEANT[eventId] : undefined;
          if (hint !== undefined)
            throw new CliError("BAD_USAGE", `"${eventId}" is not an event id`, { hint });
          const stored = await platform().json<StoredEvent>(`/api/v1/events/${encodeURIComponent(eventId)}`);
          const { eventPage } = await import("../terminal/event-line.js");
          if (options.json) terminal.out(asJson(stored));
          else for (const line of eventPage(stored, terminal.paint)) terminal.out(line);
          return EXIT.ok;
        }
        if (options.counts) {
          const { countEvents } = await import("./event-counts.js");
          return countEvents(invocation);
        }
        if (options.format !== undefined) {
          const { exportEvents } = await import("./export.js");
          return exportEvents(invocation, options.format, undefined);
        }
        const { eventLine } = await import("../terminal/event-line.js");
        const style = {
          paint: terminal.paint,
          ids: options.ids === true,
          compact: false,
          width: terminal.width,
        };
        const found: StoredEvent[] = [];
        let count = 0;
        for await (const stored of pages(platform(), options)) {
          count += 1;
          if (options.json) found.push(stored);
          else await terminal.write(`${eventLine(stored, style)}\n`);
        }
        if (options.json) terminal.out(asJson({ events: found }));
        else if (count === 0) terminal.note("no event matches");
        else if (!options.all && count === options.limit)
          terminal.note(terminal.paint.dim(`the first ${count}: --limit or --all shows more`));
        return count > 0 ? EXIT.ok : EXIT.no;
      }),
    );

/** As many as asked for, page by page. One may be empty and not the last, where little matches. */
async function* pages(
  client: PlatformClient,
  options: Options,
): AsyncGenerator<StoredEvent, void, undefined> {
  const query = filterQuery(options);
  query.set("order", options.oldest ? "oldest" : "newest");
  let left = options.all ? Number.POSITIVE_INFINITY : options.limit;
  while (left > 0) {
    query.set("limit", String(Math.min(left, PAGE)));
    const { events, next_cursor } = await client.json<EventPage>(`/api/v1/events?${query}`);
    yield* events;
    left -= events.length;
    if (!next_cursor) return;
    query.set("cursor", next_cursor);
  }
}
