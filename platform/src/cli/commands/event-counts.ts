/** `bb events --counts`: how many, of which types, from where and when. */
import type { Counts, Histogram } from "@33god/candystore";
import { type FilterOptions, filterQuery } from "../api/filters.js";
import { asJson, type Invocation } from "../command.js";
import { EXIT, type ExitCode } from "../exit-codes.js";
import { bars } from "../terminal/bars.js";
import { table } from "../terminal/table.js";
import { clock, duration } from "../terminal/time.js";

const BUCKETS = 48;

export async function countEvents({
  options,
  platform,
  terminal,
}: Invocation<FilterOptions>): Promise<ExitCode> {
  const query = filterQuery(options);
  const [counts, overTime] = await Promise.all([
    platform().json<Counts>(`/api/v1/events/counts?${query}`),
    platform().json<Histogram>(`/api/v1/events/histogram?${query}&buckets=${BUCKETS}`),
  ]);
  const exit = counts.total > 0 ? EXIT.ok : EXIT.no;
  if (options.json) {
    terminal.out(asJson({ ...counts, over_time: overTime }));
    return exit;
  }
  const least = counts.complete ? "" : "at least ";
  const broken = counts.invalid > 0 ? `, ${counts.invalid} of them break their contract` : "";
  terminal.out(`${least}${counts.total} ${counts.total === 1 ? "event" : "events"}${broken}`);
  const [first] = overTime.buckets;
  if (counts.total === 0 || first === undefined) return exit;
  const each = duration(overTime.interval_ms);
  terminal.out(
    `${bars(overTime.buckets.map(({ count }) => count))}  from ${clock(first.from)}, ${each} each`,
  );
  const lines = (title: string, rows: readonly (readonly [name: string, count: number])[]) =>
    table<readonly [string, number]>(
      [
        { title: "events", value: ([, count]) => String(count), align: "right" },
        { title, value: ([name]) => name },
      ],
      rows,
      terminal.paint.bold,
    );
  for (const line of [
    "",
    ...lines(
      "type",
      counts.by_type.map(({ event_type, count }) => [event_type, count]),
    ),
    "",
    ...lines(
      "source",
      counts.by_source.map(({ source_app, count }) => [source_app, count]),
    ),
  ])
    terminal.out(line);
  return exit;
}
