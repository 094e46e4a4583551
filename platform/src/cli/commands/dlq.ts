/** `bb dlq`: messages that were given up. */
import type { Command } from "commander";
import type { DeadLetter, DeadLetters } from "../api/answers.js";
import type { PlatformClient } from "../api/client.js";
import { wholeNumber } from "../api/filters.js";
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
  choice(dlq.command("list").description("Lists dead letters, the newest first."))
    .option("-n, --limit <letters>", "at most so many", wholeNumber(1), 100)
    .option("--group", "one line for all with the same queue, type and reason")
    .action(
      action<Choice & { readonly limit: number; readonly group?: boolean }>(
        terminal,
        async ({ options, platform }) => {
          const letters = await find(
            platform(),
            options,
            options.group ? Number.POSITIVE_INFINITY : options.limit,
          );
          if (options.json) terminal.out(asJson({ dead_letters: letters }));
          else if (letters.length === 0) terminal.note("no dead letters");
          else for (const line of options.group ? grouped(letters) : listed(letters)) terminal.out(line);
          return EXIT.ok;
        },
      ),
    );

  function listed(letters: readonly DeadLetter[]): readonly string[] {
    return table<DeadLetter>(
      [
        { title: "id", value: ({ id }) => id },
        { title: "last failed", value: ({ last_at }) => (last_at ? clock(last_at) : "") },
        { title: "tries", value: ({ attempts }) => String(attempts ?? ""), align: "right" },
        { title: "queue", value: ({ queue }) => queue },
        { title: "event type", value: ({ event_type }) => event_type ?? "" },
        { title: "reason", value: (letter) => because(letter), paint: terminal.paint.red },
      ],
      letters,
      terminal.paint.bold,
    );
  }

  function grouped(letters: readonly DeadLetter[]): readonly string[] {
    const groups = new Map<string, { readonly letter: DeadLetter; count: number }>();
    for (const letter of letters) {
      const key = JSON.stringify([letter.queue, letter.event_type, letter.code, shape(letter.reason ?? "")]);
      const group = groups.get(key);
      if (group) group.count += 1;
      else groups.set(key, { letter, count: 1 });
    }
    return table(
      [
        { title: "count", value: ({ count }) => String(count), align: "right" },
        { title: "queue", value: ({ letter }) => letter.queue },
        { title: "event type", value: ({ letter }) => letter.event_type ?? "" },
        { title: "reason", value: ({ letter }) => because(letter), paint: terminal.paint.red },
      ],
      [...groups.values()].sort((a, b) => b.count - a.count),
      terminal.paint.bold,
    );
  }
}

/** Reasons that differ only in a number or an id are one. */
const shape = (reason: string): string => reason.replace(/[0-9a-f]{8}-[0-9a-f-]{27}|\d+/gi, "#");

const because = ({ code, reason }: DeadLetter): string =>
  [code, reason].filter((part) => part).join(": ") || "(no reason was given)";

function defineShow(dlq: Command, terminal: Terminal): void {
  dlq
    .command("show")
    .description("Shows a dead letter whole: reason, stack and event.")
    .argument("<id>", "as `bb dlq list` shows it")
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

function defineAct(dlq: Command, terminal: Terminal, act: "redrive" | "discard"): void {
  const words =
    act === "redrive"
      ? { does: "Sends dead letters back to their queues, as they are.", done: "sent again" }
      : { does: "Discards dead letters. The record of it, with the reason, stays.", done: "discarded" };
  const command = choice(dlq.command(act).description(words.does))
    .argument("[id...]", "as `bb dlq list` shows them")
    .option("--all", "all that match, or all there are")
    .option("-y, --yes", "without asking")
    .option("--reason <text>", "goes into the record");
  command.action(
    action<Choice, [readonly string[]]>(terminal, async ({ options, platform }, named) => {
      if (act === "discard" && !options.reason)
        throw new CliError("BAD_USAGE", "discarding needs a --reason", { hint: "it is kept in the record" });
      const chosen = named.length > 0 ? named : await matching(platform(), options);
      if (chosen.length === 0) {
        terminal.note("no dead letter matches");
        return EXIT.no;
      }
      if (
        named.length === 0 &&
        !(await confirmed(terminal, options.yes, `${act} ${chosen.length} dead letters?`))
      )
        return EXIT.no;
      const answer = await platform().json<Record<string, unknown>>(`/api/v1/dead-letters/${act}`, {
        method: "POST",
        body: { ids: chosen, ...(options.reason && { reason: options.reason }) },
        deadline: 0,
      });
      const count = Number(answer[act === "redrive" ? "redriven" : "discarded"] ?? chosen.length);
      if (options.json) terminal.out(asJson(answer));
      else terminal.out(`${count} ${words.done}`);
      if (count < chosen.length && !options.json)
        terminal.note(`${chosen.length - count} were not there any more`);
      return count > 0 ? EXIT.ok : EXIT.no;
    }),
  );
}

async function matching(client: PlatformClient, options: Choice): Promise<readonly string[]> {
  if (!options.all && !options.queue && !options.type && !options.code)
    throw new CliError(
      "BAD_USAGE",
      "name dead letters by their ids, by --queue, --type or --code, or all by --all",
    );
  return (await find(client, options, Number.POSITIVE_INFINITY)).map(({ id }) => id);
}

function choice(command: Command): Command {
  return command
    .option("--queue <name>", "of this queue")
    .option("--type <event type>", "of this event type")
    .option("--code <code>", "with this reason code");
}

async function find(client: PlatformClient, options: Choice, limit: number): Promise<readonly DeadLetter[]> {
  const query = new URLSearchParams({ limit: "500" });
  if (options.queue) query.set("queue", options.queue);
  if (options.type) query.set("type", options.type);
  const found: DeadLetter[] = [];
  for (;;) {
    const page = await client.json<DeadLetters>(`/api/v1/dead-letters?${query}`);
    found.push(...page.dead_letters.filter((letter) => matches(letter, options)));
    if (!page.next_cursor || page.dead_letters.length === 0 || found.length >= limit)
      return found.slice(0, Math.min(limit, found.length));
    query.set("cursor", page.next_cursor);
  }
}

/** Asked of the platform too, and checked here: an older one may know fewer filters. */
const matches = (letter: DeadLetter, { queue, type, code }: Choice): boolean =>
  (queue === undefined || letter.queue === queue || `${letter.queue}.dlq` === queue) &&
  (type === undefined || letter.event_type === type) &&
  (code === undefined || letter.code === code);
