/** `bb dlq`: messages that were given up. */
import type { Command } from "commander";
import type { DeadLetter, DeadLetters, LetterGroup, LetterGroups } from "../api/answers.js";
import { letterId, letterIds, wholeNumber } from "../api/filters.js";
import { action, asJson, type Define } from "../command.js";
import { CliError } from "../errors.js";
import { EXIT } from "../exit-codes.js";
import { confirmed } from "../terminal/confirm.js";
import { oneLine, table } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import { clock } from "../terminal/time.js";
import { defineEdit } from "./dlq-edit.js";

interface Choice {
  readonly queue?: string;
  readonly type?: string;
  readonly code?: string;
  readonly group?: string;
  readonly all?: boolean;
  readonly yes?: boolean;
  readonly reason?: string;
}

export const defineDlq: Define = (parent, terminal) => {
  const dlq = parent
    .command("dlq")
    .summary("look into dead letters, send them again, or discard them")
    .description("Dead letters: messages that were given up after their last attempt, each with its reason.");
  defineList(dlq, terminal);
  defineShow(dlq, terminal);
  defineAct(dlq, terminal, "redrive");
  defineEdit(dlq, terminal);
  defineAct(dlq, terminal, "discard");
  return dlq;
};

function defineList(dlq: Command, terminal: Terminal): void {
  choice(dlq.command("list").description("Lists dead letters, queue by queue."))
    .option("-n, --limit <letters>", "at most so many", wholeNumber(1, 10_000), 100)
    .action(
      action<Choice & { readonly limit: number }>(terminal, async ({ options, platform }) => {
        const query = queryOf(options);
        query.set("limit", String(options.limit));
        const page = await platform().json<DeadLetters>(`/api/v1/dead-letters?${query}`);
        const { dead_letters: letters } = page;
        if (options.json) terminal.out(asJson(page));
        else if (letters.length === 0) terminal.note("no dead letters");
        else
          for (const line of table<DeadLetter>(
            [
              { title: "id", value: ({ id }) => id },
              { title: "last failed", value: ({ last_at }) => (last_at ? clock(last_at) : "") },
              { title: "tries", value: ({ attempts }) => String(attempts || ""), align: "right" },
              { title: "queue", value: ({ queue }) => queue },
              { title: "event type", value: ({ event_type }) => event_type },
              { title: "reason", value: because, paint: terminal.paint.red },
            ],
            letters,
            terminal.paint.bold,
          ))
            terminal.out(line);
        if (!options.json && letters.length === options.limit)
          terminal.note("there may be more: --limit shows them");
        return EXIT.ok;
      }),
    );
  choice(
    dlq.command("groups").description("Counts dead letters by their cause: queue, event type and reason."),
  ).action(
    action<Choice>(terminal, async ({ options, platform }) => {
      const answer = await platform().json<LetterGroups>(`/api/v1/dead-letters/groups?${queryOf(options)}`);
      if (options.json) terminal.out(asJson(answer));
      else if (answer.groups.length === 0) terminal.note("no dead letters");
      else
        for (const line of table<LetterGroup>(
          [
            { title: "count", value: ({ count }) => String(count), align: "right" },
            { title: "group", value: ({ group }) => group },
            { title: "queue", value: ({ queue }) => queue },
            { title: "event type", value: ({ event_type }) => event_type },
            { title: "reason", value: because, paint: terminal.paint.red },
          ],
          answer.groups,
          terminal.paint.bold,
        ))
          terminal.out(line);
      if (!options.json && answer.complete === false)
        terminal.note(`counted of the oldest 10,000 of each queue; ${answer.total} lie there in all`);
      return EXIT.ok;
    }),
  );
}

const because = ({ code, reason }: Pick<DeadLetter, "code" | "reason">): string =>
  [code, reason].filter((part) => part).join(": ") || "(no reason was given)";

function defineShow(dlq: Command, terminal: Terminal): void {
  dlq
    .command("show")
    .description("Shows a dead letter whole: reason, stack and event.")
    .argument("<id>", "as `bb dlq list` shows it", letterId)
    .action(
      action<object, [string]>(terminal, async ({ options, platform }, id) => {
        const letter = await platform().json<DeadLetter>(`/api/v1/dead-letters/${encodeURIComponent(id)}`);
        if (options.json) {
          terminal.out(asJson(letter));
          return EXIT.ok;
        }
        const { paint } = terminal;
        const row = (name: string, value: string) => terminal.out(`${paint.dim(name.padEnd(14))}${value}`);
        terminal.out(paint.red(because(letter)));
        row("queue", letter.queue);
        row("event type", letter.event_type ?? "unknown");
        row("event id", letter.event_id ?? "none");
        row("attempts", String(letter.attempts ?? "unknown"));
        row("first failed", letter.first_at ?? "unknown");
        row("last failed", letter.last_at ?? "unknown");
        if (letter.stack) terminal.out(`\n${letter.stack.split("\n").map(oneLine).join("\n    ")}`);
        terminal.out(`\n${JSON.stringify(letter.event, null, 2)}`);
        return EXIT.ok;
      }),
    );
}

interface Outcome {
  readonly redriven?: number;
  readonly discarded?: number;
  /** What could not be moved, and why. */
  readonly failed?: readonly unknown[];
}

function defineAct(dlq: Command, terminal: Terminal, act: "redrive" | "discard"): void {
  const words =
    act === "redrive"
      ? { does: "Sends dead letters back to the queues that they died in, as they are.", done: "sent again" }
      : { does: "Discards dead letters. The record of it, with the reason, stays.", done: "discarded" };
  const command = choice(dlq.command(act).description(words.does))
    .argument("[id...]", "as `bb dlq list` shows them", letterIds)
    .option("--all", "all there are")
    .option("-y, --yes", "without asking")
    .option("--reason <text>", "goes into the record");
  if (act === "redrive") command.option("--rate <letters>", "at most so many a second", wholeNumber(1));
  command.action(
    action<Choice & { readonly rate?: number }, [readonly string[]]>(
      terminal,
      async ({ options, platform }, ids) => {
        if (act === "discard" && !options.reason)
          throw new CliError("BAD_USAGE", "discarding needs a --reason", {
            hint: "it is kept in the record",
          });
        const chosen = {
          ...choiceOf(options),
          ...(ids.length > 0 && { ids }),
          ...(options.all && { all: true }),
        };
        if (Object.keys(chosen).length === 0)
          throw new CliError("BAD_USAGE", `say which dead letters to ${act}`, {
            hint: "by their ids, by --queue, --type, --code or --group, or all by --all",
          });
        const client = platform();
        if (ids.length === 0) {
          const { count } = await client.json<{ readonly count: number }>("/api/v1/dead-letters/preview", {
            method: "POST",
            body: chosen,
          });
          if (count === 0) {
            terminal.note("no dead letter matches");
            return EXIT.no;
          }
          if (!(await confirmed(terminal, options.yes, `${act} ${count} dead letters?`))) return EXIT.no;
        }
        const outcome = await client.json<Outcome>(`/api/v1/dead-letters/${act}`, {
          method: "POST",
          body: {
            ...chosen,
            ...(options.reason && { reason: options.reason }),
            ...(options.rate !== undefined && { rate: options.rate }),
          },
          deadline: 0,
        });
        const count = outcome.redriven ?? outcome.discarded ?? 0;
        if (options.json) terminal.out(asJson(outcome));
        else {
          terminal.out(`${count} ${words.done}`);
          for (const failed of outcome.failed ?? []) terminal.note(`not moved: ${JSON.stringify(failed)}`);
          if (count < ids.length) terminal.note(`${ids.length - count} were not there`);
        }
        return count > 0 ? EXIT.ok : EXIT.no;
      },
    ),
  );
}

function choice(command: Command): Command {
  return command
    .option("--queue <name>", "of this queue")
    .option("--type <event type>", "of this event type")
    .option("--code <code>", "with this reason code")
    .option("--group <group>", "of the same cause, as `bb dlq groups` shows it");
}

const choiceOf = ({ queue, type, code, group }: Choice): Record<string, string> => ({
  ...(queue && { queue }),
  ...(type && { type }),
  ...(code && { code }),
  ...(group && { group }),
});

const queryOf = (options: Choice): URLSearchParams => new URLSearchParams(choiceOf(options));
