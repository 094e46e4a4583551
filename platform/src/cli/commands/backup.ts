/** `bb backup` while the platform runs, and `bb restore` while it does not. */
import { existsSync } from "node:fs";
import path from "node:path";
import { action, asJson, type Define } from "../command.js";
import { makeDataDir } from "../data-dir.js";
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
    .description(
      "Puts a backup in the place of the history: in a file, or in PostgreSQL where DATABASE_URL is set. The history that was there is kept beside it.",
    )
    .argument("<file>", "what `bb backup` wrote")
    .option("--data-dir <folder>", "instead of BLOODBANK_DATA_DIR")
    .option("--replace", "where there is a history already")
    .action(
      action<{ readonly dataDir?: string; readonly replace?: boolean }, [string]>(
        terminal,
        async ({ options }, file) => {
          const { restoreStore, StoreError } = await import("@33god/candystore");
          const { loadConfig } = await import("../../config/load.js");
          const { config } = loadConfig(terminal.env);
          const dataDir = path.resolve(terminal.cwd, options.dataDir ?? config.dataDir);
          const { databaseUrl } = config;
          const backup = path.resolve(terminal.cwd, file);
          if (!existsSync(backup)) throw new CliError("NO_INPUT", `${backup} is not there`);
          makeDataDir(dataDir);
          try {
            const place = { dataDir, ...(databaseUrl !== undefined && { databaseUrl }) };
            const { events, position } = await restoreStore(backup, place, {
              replace: options.replace === true,
            });
            const engine = databaseUrl === undefined ? "sqlite" : "postgres";
            if (options.json) terminal.out(asJson({ engine, data_dir: dataDir, events, position }));
            else terminal.out(`${events} events are in ${databaseUrl ? "PostgreSQL" : dataDir}`);
            return EXIT.ok;
          } catch (error) {
            if (!(error instanceof StoreError)) throw error;
            throw new CliError("REFUSED", messageOf(error), {
              problem: error.code,
              // Told to replace, it still takes no place that is another program's.
              hint:
                options.replace && error.code === "FILE_EXISTS"
                  ? "name another database with DATABASE_URL"
                  : HINTS[error.code],
              cause: error,
            });
          }
        },
      ),
    );

const HINTS: Readonly<Record<string, string>> = {
  FILE_EXISTS: "--replace puts it aside and takes the backup",
  STORE_BUSY: "stop the platform first",
  INVALID_IMPORT: "restore it without DATABASE_URL, then `bb migrate` takes it to PostgreSQL",
  STORE_CORRUPT: "take another backup; this one cannot be trusted",
};
