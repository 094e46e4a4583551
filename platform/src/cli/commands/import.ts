/** `bb import`: recorded events taken in again, from `bb export` or an archive. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { action, asJson, type Define } from "../command.js";
import { CliError, messageOf } from "../errors.js";
import { EXIT } from "../exit-codes.js";
import { counted } from "../terminal/counted.js";
import type { Terminal } from "../terminal/terminal.js";

/** Of the lines that were rejected. */
const SHOWN = 10;

interface Report {
  readonly lines: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly passed_over: number;
  readonly rejected: readonly { readonly line: number; readonly reason: string }[];
}

export const defineImport: Define = (parent, terminal) =>
  parent
    .command("import")
    .summary("take in recorded events from a file")
    .description(
      "Takes in events that `bb export` or an archive wrote, with the number of their copies. What is there already is not stored twice; nothing is published.",
    )
    .argument("<file>", "NDJSON, or NDJSON compressed by gzip (.gz); - is standard input")
    .action(
      action<object, [string]>(terminal, async ({ options, platform }, file) => {
        const body = await read(file);
        let unreadable: unknown;
        body.on("error", (error) => {
          unreadable = error;
        });
        const asked = platform().json<Report>("/api/v1/events/import", {
          method: "POST",
          body,
          headers: { "content-type": "application/x-ndjson" },
          deadline: 0,
          signal: terminal.signal,
        });
        const report = await asked.catch((error: unknown) => {
          if (unreadable === undefined) throw error;
          throw new CliError("NO_INPUT", `${file} cannot be read to its end: ${messageOf(unreadable)}`, {
            hint: "events that stand before that may be stored; taken in again, they are not stored twice",
            cause: unreadable,
          });
        });
        if (options.json) terminal.out(asJson(report));
        else show(report, terminal);
        return report.rejected.length > 0 ? EXIT.no : EXIT.ok;
      }),
    );

function show(
  { lines, stored, duplicates, passed_over: passed, rejected }: Report,
  terminal: Terminal,
): void {
  terminal.out(`${stored} stored, ${duplicates} were there already`);
  if (passed > 0)
    terminal.note(
      `${counted(passed, "line")} of a backup passed over: replays, checkpoints and what retention left come back with \`bb restore\``,
    );
  const shown = rejected.slice(0, SHOWN);
  for (const { line, reason } of shown) terminal.note(`line ${line}: ${reason}`);
  const more = lines - stored - duplicates - passed - shown.length;
  if (more > 0) terminal.note(`and ${counted(more, "line")} more; --json lists the first 100`);
}

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
