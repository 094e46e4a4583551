/** `bb config`: every variable, with its value and where that came from. */
import { action, asJson, type Define } from "../command.js";
import { CliError } from "../errors.js";
import { EXIT } from "../exit-codes.js";
import { table } from "../terminal/table.js";

export const defineConfig: Define = (parent, terminal) =>
  parent
    .command("config")
    .summary("show the configuration, and where each value comes from")
    .description(
      "Checks the environment, and shows each variable as the platform would use it. Secrets are masked.",
    )
    .option("--set", "only what is set")
    .action(
      action<{ readonly set?: boolean }>(terminal, async ({ options }) => {
        const { loadConfig } = await import("../../config/load.js");
        let loaded: ReturnType<typeof loadConfig>;
        try {
          loaded = loadConfig(terminal.env);
        } catch (error) {
          const { message, hint } = error as Error & { hint?: string };
          throw new CliError("BAD_CONFIG", message, { hint, cause: error });
        }
        const settings = loaded.settings.filter(({ origin }) => !options.set || origin !== "default");
        if (options.json) terminal.out(asJson({ settings, warnings: loaded.warnings }));
        else
          for (const line of table(
            [
              { title: "variable", value: ({ name }) => name },
              { title: "value", value: ({ value }) => value ?? "" },
              { title: "from", value: ({ origin }) => origin },
              { title: "", value: ({ description }) => description, paint: terminal.paint.dim },
            ],
            settings,
            terminal.paint.bold,
          ))
            terminal.out(line);
        for (const warning of loaded.warnings)
          terminal.note(`${terminal.paint.yellow("warning:")} ${warning}`);
        return EXIT.ok;
      }),
    );
