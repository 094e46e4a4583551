/** `bb import`: recorded events taken in again, from `bb export` or an archive. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
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
          for (const { line, reason } of report.rejected) terminal.note(`line ${line}: ${reason}`);
        }
        return report.rejected.length > 0 ? EXIT.no : EXIT.ok;
      }),
    );

async function read(file: string): Promise<ReadableStream<Uint8Array>> {
  if (file === "-") return Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>;
  try {
    if (!(await stat(file)).isFile()) throw new Error("it is not a file");
  } catch (error) {
    throw new CliError("NO_INPUT", `${file} cannot be read: ${messageOf(error)}`);
  }
  const bytes = createReadStream(file);
  const plain = file.endsWith(".gz") ? bytes.pipe(createGunzip()) : bytes;
  // A file that is not gzip breaks the request, and is told by it.
  bytes.on("error", (error) => plain.destroy(error));
  return Readable.toWeb(plain) as ReadableStream<Uint8Array>;
}
