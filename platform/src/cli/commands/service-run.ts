/** `bb service logs|restart|stop|start`: the processes that the platform runs. */
import type { Command } from "commander";
import { wholeNumber } from "../api/filters.js";
import { action, asJson } from "../command.js";
import { EXIT } from "../exit-codes.js";
import { oneLine } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import { clock } from "../terminal/time.js";

const ACTS = {
  restart: "Ends a service's process, which finishes what it has, and starts it anew.",
  stop: "Ends a service's process until it is started again.",
  start: "Starts a service's process that was stopped.",
} as const;

export function defineServiceRun(service: Command, terminal: Terminal): void {
  service
    .command("logs")
    .description("Shows what a service that the platform runs wrote.")
    .argument("<service>", "as in the registry")
    .option("-n, --lines <lines>", "the last so many", wholeNumber(0, 1_000), 100)
    .option("-f, --follow", "and what it writes from now on, until Ctrl-C")
    .action(
      action<{ readonly lines: number; readonly follow?: boolean }, [string]>(
        terminal,
        async ({ options, platform }, name) => {
          const query = `lines=${options.lines}&follow=${options.follow === true}`;
          const { signal } = terminal;
          const client = platform();
          const answer = await client.raw(`/api/v1/services/${encodeURIComponent(name)}/logs?${query}`, {
            type: "text/plain",
            signal,
          });
          const decoder = new TextDecoder();
          let rest = "";
          const show = (line: string) =>
            terminal.write(`${options.json ? line : readable(line, terminal)}\n`);
          try {
            for await (const chunk of answer.body) {
              const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
              rest = lines.pop() ?? "";
              for (const line of lines) await show(line);
            }
          } catch (error) {
            if (!signal.aborted) throw client.cutOff(error);
          }
          if (rest !== "") await show(rest);
          return EXIT.ok;
        },
      ),
    );
  for (const [act, text] of Object.entries(ACTS))
    service
      .command(act)
      .description(text)
      .argument("<service>", "as in the registry")
      .action(
        action<object, [string]>(terminal, async ({ options, platform }, name) => {
          const answer = await platform().json<{ readonly state?: string }>(
            `/api/v1/services/${encodeURIComponent(name)}/${act}`,
            { method: "POST", body: {}, deadline: 60_000 },
          );
          terminal.out(options.json ? asJson(answer) : `${name}: ${answer.state ?? "done"}`);
          return answer.state === "failed" ? EXIT.no : EXIT.ok;
        }),
      );
}

const LEVELS: Readonly<Record<number, string>> = {
  20: "debug",
  30: "info",
  40: "warn",
  50: "error",
  60: "fatal",
};

/** A pino line as a person reads it; anything else as it came. */
function readable(line: string, { paint }: Terminal): string {
  let entry: { level?: number; time?: number; msg?: string } & Record<string, unknown>;
  try {
    entry = JSON.parse(line);
  } catch {
    return line;
  }
  if (typeof entry !== "object" || entry === null || typeof entry.msg !== "string") return line;
  const { level = 30, time, name: _, msg, pid: __, hostname: ___, ...fields } = entry;
  const word = (LEVELS[level] ?? String(level)).padEnd(5);
  const painted = level >= 50 ? paint.red(word) : level >= 40 ? paint.yellow(word) : paint.dim(word);
  const more = Object.entries(fields)
    .map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" ");
  const at = time === undefined ? "" : paint.dim(`${clock(new Date(time).toISOString())} `);
  return `${at}${painted} ${oneLine(msg)}${more === "" ? "" : paint.dim(`  ${oneLine(more)}`)}`;
}
