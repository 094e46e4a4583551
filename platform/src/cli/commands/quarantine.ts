/** `bb quarantine`: what the broker refused at its door. */
import type { Quarantined } from "../api/answers.js";
import { wholeNumber } from "../api/filters.js";
import { action, asJson, type Define } from "../command.js";
import { EXIT } from "../exit-codes.js";
import { table } from "../terminal/table.js";
import { clock } from "../terminal/time.js";

export const defineQuarantine: Define = (parent, terminal) =>
  parent
    .command("quarantine")
    .summary("show what the broker refused, who sent it, and why")
    .description(
      "Shows the newest messages that broke their contract at the broker's door: sender, time and reasons.",
    )
    .option("-n, --limit <messages>", "at most so many", wholeNumber(1), 50)
    .option("--full", "with each message itself")
    .action(
      action<{ readonly limit: number; readonly full?: boolean }>(terminal, async ({ options, platform }) => {
        const answer = await platform().json<{ readonly quarantined?: readonly Quarantined[] }>(
          `/api/v1/quarantine?limit=${options.limit}`,
        );
        const messages = answer.quarantined ?? [];
        if (options.json) terminal.out(asJson({ quarantined: messages }));
        else if (messages.length === 0) terminal.note("the quarantine is empty");
        else if (options.full)
          for (const message of messages) {
            terminal.out(terminal.paint.red(message.reason ?? "(no reason)"));
            terminal.out(`from ${message.client || "unknown"}, by ${message.routing_key ?? "?"}`);
            for (const { pointer, message: why } of message.violations ?? [])
              terminal.out(`  ${pointer || "/"}  ${why}`);
            terminal.out(`${JSON.stringify(message.event, null, 2)}\n`);
          }
        else
          for (const line of table<Quarantined>(
            [
              { title: "refused", value: ({ refused_at }) => (refused_at ? clock(refused_at) : "") },
              { title: "client", value: ({ client }) => client ?? "" },
              { title: "routing key", value: ({ routing_key }) => routing_key ?? "" },
              { title: "reason", value: ({ reason }) => reason ?? "", paint: terminal.paint.red },
            ],
            messages,
            terminal.paint.bold,
          ))
            terminal.out(line);
        return EXIT.ok;
      }),
    );
