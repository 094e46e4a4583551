/** `bb quarantine`: what the broker refused at its door. */
import type { Quarantined, QuarantinePage } from "../api/answers.js";
import type { PlatformClient } from "../api/client.js";
import { wholeNumber } from "../api/filters.js";
import { action, asJson, type Define } from "../command.js";
import { EXIT } from "../exit-codes.js";
import { oneLine, table } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import { clock } from "../terminal/time.js";

interface Options {
  readonly limit: number;
  readonly all?: boolean;
  readonly oldest?: boolean;
  readonly full?: boolean;
}

/** The API's own limit for one page. */
const PAGE = 10_000;

export const defineQuarantine: Define = (parent, terminal) =>
  parent
    .command("quarantine")
    .summary("show what the broker refused, who sent it, and why")
    .description(
      "Shows the newest messages that broke their contract at the broker's door: sender, time and reasons.",
    )
    .option("-n, --limit <messages>", "at most so many", wholeNumber(1), 50)
    .option("--all", "all of them, however many")
    .option("--oldest", "the oldest first")
    .option("--full", "with each message itself")
    .action(
      action<Options>(terminal, async ({ options, platform }) => {
        const { quarantined: messages, total } = await refused(platform(), options);
        if (options.json) terminal.out(asJson({ quarantined: messages, total }));
        else if (messages.length === 0) terminal.note("the quarantine is empty");
        else if (options.full) for (const message of messages) showWhole(message, terminal);
        else
          for (const line of table<Quarantined>(
            [
              { title: "refused", value: ({ refused_at }) => (refused_at ? clock(refused_at) : "") },
              { title: "client", value: ({ client }) => client },
              { title: "routing key", value: ({ routing_key }) => routing_key },
              { title: "reason", value: ({ reason }) => reason, paint: terminal.paint.red },
            ],
            messages,
            terminal.paint.bold,
          ))
            terminal.out(line);
        if (!options.json && messages.length < total)
          terminal.note(
            terminal.paint.dim(
              `the ${options.oldest ? "oldest" : "newest"} ${messages.length} of ${total}: --limit or --all shows more`,
            ),
          );
        return EXIT.ok;
      }),
    );

/** As many as asked for, page by page: what is large comes in short ones. */
async function refused(client: PlatformClient, { all, limit, oldest }: Options): Promise<QuarantinePage> {
  const most = all ? Number.POSITIVE_INFINITY : limit;
  const quarantined: Quarantined[] = [];
  const query = new URLSearchParams({ order: oldest ? "oldest" : "newest" });
  for (;;) {
    query.set("limit", String(Math.min(most - quarantined.length, PAGE)));
    const page = await client.json<QuarantinePage>(`/api/v1/quarantine?${query}`);
    quarantined.push(...page.quarantined);
    if (page.next_cursor === undefined || quarantined.length >= most)
      return { quarantined, total: page.total };
    query.set("cursor", page.next_cursor);
  }
}

function showWhole(
  { reason, client, routing_key, violations, event }: Quarantined,
  terminal: Terminal,
): void {
  terminal.out(terminal.paint.red(oneLine(reason) || "(no reason)"));
  terminal.out(`from ${oneLine(client) || "unknown"}, by ${oneLine(routing_key) || "?"}`);
  for (const { pointer, message } of violations)
    terminal.out(`  ${oneLine(`${pointer || "/"}  ${message}`)}`);
  terminal.out(`${JSON.stringify(event, null, 2)}\n`);
}
