/** `bb doctor`: the troubleshooting guide, walked by itself. */
import { wholeNumber } from "../api/filters.js";
import { action, asJson, type Define } from "../command.js";
import type { Diagnosis, Health } from "../doctor/contract.js";
import { EXIT } from "../exit-codes.js";
import type { Paint } from "../terminal/paint.js";
import { oneLine } from "../terminal/table.js";

interface Options {
  readonly interval: number;
  readonly exchange?: string;
}

export const defineDoctor: Define = (parent, terminal) =>
  parent
    .command("doctor")
    .summary("find out what is wrong, and what to do about it")
    .description(
      `Walks the troubleshooting guide: the connection, programs that went to another broker, the exchange, services,
bindings that match nothing, dead letters and their causes, broken contracts, broken chains of causes, and consumers
that grow. It changes nothing.`,
    )
    .option("--interval <ms>", "between two looks at the queues", wholeNumber(0, 60_000), 1_500)
    .option("--exchange <name>", "instead of BLOODBANK_EXCHANGE")
    .action(
      action<Options>(terminal, async ({ options, platform }) => {
        const { examine } = await import("../doctor/examine.js");
        const { env, paint } = terminal;
        const all: Diagnosis[] = [];
        const steps = examine({
          client: platform(),
          env,
          exchange: options.exchange ?? (env.BLOODBANK_EXCHANGE?.trim() || "bloodbank.events.v1"),
          interval: options.interval,
        });
        for await (const diagnosis of steps) {
          all.push(diagnosis);
          if (!options.json) for (const line of show(diagnosis, paint)) terminal.out(line);
        }
        const wrong = all.filter(({ health }) => health === "wrong").length;
        const look = all.filter(({ health }) => health === "look").length;
        const unknown = all.filter(({ health }) => health === "unknown").length;
        if (options.json) terminal.out(asJson({ healthy: wrong === 0 && unknown === 0, checks: all }));
        else
          terminal.out(
            wrong + look + unknown === 0
              ? paint.green("\nall well")
              : `\n${wrong} wrong, ${look} worth a look${unknown > 0 ? `, ${unknown} could not be looked at` : ""}`,
          );
        if (wrong > 0) return EXIT.no;
        return unknown > 0 ? EXIT.unavailable : EXIT.ok;
      }),
    );

const MARKS: Readonly<Record<Health, string>> = { ok: "✓", look: "!", wrong: "✗", unknown: "?" };

function show({ check, health, message, hint, details = [] }: Diagnosis, paint: Paint): readonly string[] {
  const colour = { ok: paint.green, look: paint.yellow, wrong: paint.red, unknown: paint.magenta }[health];
  return [
    `${colour(MARKS[health])} ${paint.bold(check.padEnd(13))} ${oneLine(message)}`,
    ...details.map((line) => paint.dim(`    ${oneLine(line)}`)),
    ...(hint === undefined ? [] : [`    ${paint.dim("→")} ${hint}`]),
  ];
}
