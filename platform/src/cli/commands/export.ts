/** `bb export`: recorded events as a file. */
import { createWriteStream } from "node:fs";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Option } from "commander";
import { addFilters, type FilterOptions, filterQuery } from "../api/filters.js";
import { action, type Define, type Invocation } from "../command.js";
import { CliError, messageOf } from "../errors.js";
import { EXIT, type ExitCode } from "../exit-codes.js";

interface Options extends FilterOptions {
  readonly format: "ndjson" | "csv";
}

export const defineExport: Define = (parent, terminal) =>
  addFilters(
    parent
      .command("export")
      .summary("write recorded events to a file, or to standard output")
      .description("Streams recorded events, the oldest first. NDJSON can be taken in again by `bb import`.")
      .argument("[file]", "written anew; standard output without it"),
  )
    .addOption(new Option("--format <format>", "what to write").choices(["ndjson", "csv"]).default("ndjson"))
    .addHelpText("after", "\nExample:\n  bb export --since 7d week.ndjson")
    .action(
      action<Options, [string | undefined]>(terminal, (invocation, file) =>
        exportEvents(invocation, invocation.options.format, file),
      ),
    );

export async function exportEvents(
  { options, platform, terminal }: Invocation<FilterOptions>,
  format: "ndjson" | "csv",
  file: string | undefined,
): Promise<ExitCode> {
  const query = filterQuery(options);
  query.set("format", format);
  const answer = await platform().raw(`/api/v1/events/export?${query}`, {
    type: format === "csv" ? "text/csv" : "application/x-ndjson",
    deadline: 0,
    signal: terminal.signal,
  });
  const target =
    file === undefined || file === "-"
      ? new Writable({
          write: (chunk, _, done) => void terminal.write(chunk).then(() => done(), done),
        })
      : createWriteStream(file);
  try {
    await pipeline(answer.body, target);
  } catch (error) {
    // The other end of the pipeline reads.
    const { syscall = "" } = error as NodeJS.ErrnoException;
    if (["open", "write", "close"].includes(syscall))
      throw new CliError("CANNOT_WRITE", `${file} cannot be written: ${messageOf(error)}`);
    throw new CliError("PLATFORM_FAILED", `the export ended before its end: ${messageOf(error)}`, {
      hint: "what was written is not complete; run it again",
      cause: error,
    });
  }
  return EXIT.ok;
}
