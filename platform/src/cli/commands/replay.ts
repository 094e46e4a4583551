/** `bb replay`: recorded events sent again. */
import { type Command, InvalidArgumentError } from "commander";
import { addFilters, type FilterOptions, filterDocument, wholeNumber } from "../api/filters.js";
import { action, asJson, type Define, type Invocation } from "../command.js";
import { CliError } from "../errors.js";
import { EXIT, type ExitCode } from "../exit-codes.js";
import { confirmed } from "../terminal/confirm.js";
import { table } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import { clock } from "../terminal/time.js";

interface Replay {
  readonly replay_id: string;
  readonly state: string;
  readonly total: number;
  readonly sent: number;
  readonly unrouted?: number;
  readonly created_at: string;
  readonly error?: string | null;
  readonly request?: { readonly queue?: string; readonly reason?: string };
}

interface Preview {
  readonly total: number;
  readonly by_type?: readonly { readonly event_type: string; readonly count: number }[];
}

interface StartOptions extends FilterOptions {
  readonly trace?: string;
  readonly from?: number;
  readonly to?: number;
  readonly queue?: string;
  readonly speed: number | "max";
  readonly rate?: number;
  readonly reason?: string;
  readonly preview?: boolean;
  readonly yes?: boolean;
  readonly wait?: boolean;
}

const OVER = ["finished", "cancelled", "failed"];

export const defineReplay: Define = (parent, terminal) => {
  const replay = parent
    .command("replay")
    .summary("send recorded events again")
    .description(
      "Replays: recorded events sent again, marked as such, to all who subscribe or to one queue.",
    );
  defineStart(replay, terminal);
  replay
    .command("list")
    .description("Lists replays, the newest first.")
    .action(
      action(terminal, async ({ options, platform }) => {
        const answer = await platform().json<{ readonly replays: readonly Replay[] }>("/api/v1/replays");
        if (options.json) terminal.out(asJson(answer));
        else if (answer.replays.length === 0) terminal.note("no replays");
        else for (const line of listed(answer.replays, terminal)) terminal.out(line);
        return EXIT.ok;
      }),
    );
  replay
    .command("show")
    .description("Shows how far a replay is.")
    .argument("<replay id>")
    .action(
      action<object, [string]>(terminal, async ({ options, platform }, id) => {
        const one = await platform().json<Replay>(`/api/v1/replays/${encodeURIComponent(id)}`);
        if (options.json) terminal.out(asJson(one));
        else for (const line of listed([one], terminal)) terminal.out(line);
        if (one.error && !options.json) terminal.out(terminal.paint.red(one.error));
        return one.state === "failed" ? EXIT.no : EXIT.ok;
      }),
    );
  const acts = {
    pause: "Holds a replay.",
    resume: "Lets a held replay go on.",
    cancel: "Ends a replay for good.",
  };
  for (const [act, text] of Object.entries(acts))
    replay
      .command(act)
      .description(text)
      .argument("<replay id>")
      .action(
        action<object, [string]>(terminal, async ({ options, platform }, id) => {
          const one = await platform().json<Replay>(`/api/v1/replays/${encodeURIComponent(id)}/${act}`, {
            method: "POST",
            body: {},
          });
          terminal.out(options.json ? asJson(one) : `${one.replay_id} ${one.state}`);
          return EXIT.ok;
        }),
      );
  return replay;
};

function defineStart(replay: Command, terminal: Terminal): void {
  addFilters(replay.command("start").description("Starts a replay of what the filters select."))
    .option("--trace <event id>", "the events of its causal graph")
    .option("--from <position>", "from this position of the store on", wholeNumber(0))
    .option("--to <position>", "up to this position", wholeNumber(0))
    .option("--queue <name>", "to this queue alone; to all who subscribe without it")
    .option(
      "--speed <factor>",
      "1 is the original speed, 10 ten times that, max as fast as taken",
      speed,
      "max",
    )
    .option("--rate <events>", "at most so many a second", wholeNumber(1))
    .option("--reason <text>", "goes into the record")
    .option("--preview", "only count what would be sent")
    .option("-y, --yes", "without asking")
    .option("--wait", "until it is over, with its progress")
    .addHelpText(
      "after",
      `
Example:
  bb replay start --type fireflies.transcript.ready --since 7d --queue services.fireflies.transcript_rag --wait`,
    )
    .action(action<StartOptions>(terminal, start));
}

async function start({ terminal, options, platform }: Invocation<StartOptions>): Promise<ExitCode> {
  const filter = filterDocument(options);
  const select = {
    ...(Object.keys(filter).length > 0 && { filter }),
    ...(options.trace && { trace: options.trace }),
    ...(options.from !== undefined && { from_position: options.from }),
    ...(options.to !== undefined && { to_position: options.to }),
  };
  if (Object.keys(select).length === 0)
    throw new CliError("BAD_USAGE", "say what to replay", {
      hint: "with a filter, --trace, or --from and --to; everything is --from 0",
    });
  const preview = await platform().json<Preview>("/api/v1/replays/preview", {
    method: "POST",
    body: { select },
  });
  if (options.preview) {
    if (options.json) terminal.out(asJson(preview));
    else {
      for (const { event_type, count } of preview.by_type ?? [])
        terminal.out(`${String(count).padStart(10)}  ${event_type}`);
      terminal.out(`${String(preview.total).padStart(10)}  in all`);
    }
    return preview.total > 0 ? EXIT.ok : EXIT.no;
  }
  if (preview.total === 0) {
    terminal.note("no event matches");
    return EXIT.no;
  }
  const where = options.queue === undefined ? "all who subscribe" : options.queue;
  if (!(await confirmed(terminal, options.yes, `Send ${preview.total} events again to ${where}?`)))
    return EXIT.no;
  const started = await platform().json<Replay>("/api/v1/replays", {
    method: "POST",
    body: {
      select,
      speed: options.speed,
      ...(options.queue && { queue: options.queue }),
      ...(options.rate !== undefined && { rate: options.rate }),
      ...(options.reason && { reason: options.reason }),
    },
  });
  const last = options.wait ? await watch(started, { terminal, options, platform }) : started;
  if (options.json) terminal.out(asJson(last));
  else terminal.out(`${last.replay_id} ${last.state}, ${last.sent} of ${last.total} sent`);
  return last.state === "failed" || last.state === "cancelled" ? EXIT.no : EXIT.ok;
}

async function watch(replay: Replay, { terminal, platform }: Invocation<unknown>): Promise<Replay> {
  let told = -1;
  for (let one = replay; ; ) {
    if (OVER.includes(one.state)) return one;
    const percent = Math.floor((100 * one.sent) / Math.max(1, one.total));
    if (percent >= told + 10) {
      terminal.note(terminal.paint.dim(`${percent} %, ${one.sent} of ${one.total}`));
      told = percent;
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
    one = await platform().json<Replay>(`/api/v1/replays/${encodeURIComponent(replay.replay_id)}`);
  }
}

function listed(replays: readonly Replay[], { paint }: Terminal): readonly string[] {
  return table<Replay>(
    [
      { title: "id", value: ({ replay_id }) => replay_id },
      { title: "started", value: ({ created_at }) => clock(created_at) },
      {
        title: "state",
        value: ({ state }) => state,
        paint: (text, { state }) => (state === "failed" ? paint.red(text) : paint.green(text)),
      },
      { title: "sent", value: ({ sent, total }) => `${sent}/${total}`, align: "right" },
      { title: "to", value: ({ request }) => request?.queue ?? "all who subscribe" },
      { title: "reason", value: ({ request }) => request?.reason ?? "" },
    ],
    replays,
    paint.bold,
  );
}

function speed(written: string): number | "max" {
  if (written === "max") return "max";
  const factor = Number(written);
  if (!(factor > 0 && Number.isFinite(factor)))
    throw new InvalidArgumentError("Write a number over 0, or max.");
  return factor;
}
