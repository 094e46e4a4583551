/** `bb backup` while the platform runs, and `bb restore` while it does not. */
import { existsSync } from "node:fs";
import path from "node:path";
import { action, asJson, type Define } from "../command.js";
import { CliError, messageOf } from "../errors.js";
import { EXIT } from "../exit-codes.js";

interface Backup {
  readonly file: string;
  readonly events?: number;
  readonly bytes?: number;
  readonly seconds?: number;
}

export const defineBackup: Define = (parent, terminal) =>
  parent
    .command("backup")
    .summary("write a copy of the history, while the platform runs")
    .description("Writes a whole and consistent copy of the history to a file on the platform's machine.")
    .argument("<file>", "not there yet")
    .action(
      action<object, [string]>(terminal, async ({ options, platform }, file) => {
        const made = await platform().json<Backup>("/api/v1/store/backup", {
          method: "POST",
          body: { file: path.resolve(terminal.cwd, file) },
          deadline: 0,
        });
        if (options.json) terminal.out(asJson(made));
        else terminal.out(`${made.file}: ${made.events ?? "all"} events, ${made.bytes ?? "?"} bytes`);
        return EXIT.ok;
      }),
    );

export const defineRestore: Define = (parent, terminal) =>
  parent
    .command("restore")
    .summary("make the history from a backup, while the platform does not run")
    .description("Puts a backup in the place of the history. The history that was there is kept beside it.")
    .argument("<file>", "what `bb backup` wrote")
    .option("--data-dir <folder>", "instead of BLOODBANK_DATA_DIR")
    .option("--replace", "where there is a history already")
    .action(
      action<{ readonly dataDir?: string; readonly replace?: boolean }, [string]>(
        terminal,
        async ({ options }, file) => {
          const { restoreStore, StoreError } = await import("@33god/candystore");
          const { loadConfig } = await import("../../config/load.js");
          const dataDir = path.resolve(
            terminal.cwd,
            options.dataDir ?? loadConfig(terminal.env).config.dataDir,
          );
          const backup = path.resolve(terminal.cwd, file);
          if (!existsSync(backup)) throw new CliError("NO_INPUT", `${backup} is not there`);
          try {
            const { events, position } = await restoreStore(backup, dataDir, {
              replace: options.replace === true,
            });
            if (options.json) terminal.out(asJson({ data_dir: dataDir, events, position }));
            else terminal.out(`${events} events are in ${dataDir}`);
            return EXIT.ok;
          } catch (error) {
            if (!(error instanceof StoreError)) throw error;
            throw new CliError("REFUSED", messageOf(error), {
              problem: error.code,
              hint: HINTS[error.code],
              cause: error,
            });
          }
        },
      ),
    );

const HINTS: Readonly<Record<string, string>> = {
  FILE_EXISTS: "--replace puts it aside and takes the backup",
  STORE_BUSY: "stop the platform first",
  STORE_CORRUPT: "take another backup; this one cannot be trusted",
};
