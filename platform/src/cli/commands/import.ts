/** `bb import`: recorded events taken in again, from `bb export` or an archive. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { action, asJson, type Define } from "../command.js";
import { CliError, messageOf } from "../errors.js";
import { EXIT } from "../exit-codes.js";

interface Report {
  readonly lines: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly rejected: readonly { readonly line: number; readonly reason: string }[];
}

export const defineImport: Define = (parent, terminal) =>
  parent
    .command("import")
    .summary("take in recorded events from a file")
    .description(
      "Takes in NDJSON that `bb export` or an archive wrote. What is there already is not stored twice; nothing is published.",
    )
    .argument("<file>", "NDJSON, or NDJSON compressed by gzip (.gz); - is standard input")
    .action(
      action<object, [string]>(terminal, async ({ options, platform }, file) => {
        const report = await platform().json<Report>("/api/v1/events/import", {
          method: "POST",
          body: await read(file),
          headers: { "content-type": "application/x-ndjson" },
          deadline: 0,
          signal: terminal.signal,
        });
        if (options.json) terminal.out(asJson(report));
        else {
          terminal.out(`${report.stored} stored, ${report.duplicates} were there already`);
          for (const { line, reason } of report.rejected.slice(0, 10))
            terminal.note(`line ${line}: ${reason}`);
          if (report.rejected.length > 10)
            terminal.note(`and ${report.rejected.length - 10} lines more; --json lists them`);
        }
        return report.rejected.length > 0 ? EXIT.no : EXIT.ok;
      }),
    );

async function read(file: string): Promise<Readable> {
  if (file === "-") return process.stdin;
  try {
    if (!(await stat(file)).isFile()) throw new Error("it is not a file");
  } catch (error) {
    throw new CliError("NO_INPUT", `${file} cannot be read: ${messageOf(error)}`);
  }
  const bytes = createReadStream(file);
  if (!file.endsWith(".gz")) return bytes;
  const plain = bytes.pipe(createGunzip());
  bytes.on("error", (error) => plain.destroy(error));
  return plain;
}
