/** `bb up`: the whole platform in this process. */
import { action, type Define, several } from "../command.js";

interface Options {
  readonly only?: readonly string[];
  readonly without?: readonly string[];
  readonly services: boolean;
  readonly reload: boolean;
}

export const defineUp: Define = (parent, terminal) =>
  parent
    .command("up")
    .summary("start the platform and its services")
    .description(
      `Starts bus, store, HTTP API and page in this process, and the registry's active services as processes of their
own. Ctrl-C or SIGTERM ends them all, and what they have is finished first. \`bb config\` shows what it would use.
It starts what was built: in a checkout, \`npm start\` compiles first what has changed.`,
    )
    .option("--only <service>", "of the services, only this one (repeatable)", several)
    .option("--without <service>", "all services but this one (repeatable)", several)
    .option("--no-services", "no services")
    .option("--no-reload", "do not start a service anew when its sources change")
    .addHelpText(
      "after",
      "\nThe environment decides the rest: BLOODBANK_HTTP_PORT, RABBITMQ_URL, DATABASE_URL and others.",
    )
    .action(
      action<Options>(terminal, async ({ options }) => {
        const { up } = await import("../../start/up.js");
        await up([
          ...(options.only ?? []).flatMap((name) => ["--only", name]),
          ...(options.without ?? []).flatMap((name) => ["--without", name]),
          ...(options.services ? [] : ["--no-services"]),
          ...(options.reload ? [] : ["--no-reload"]),
        ]);
        // The platform lives on in this process, and sets its own exit code.
        return undefined;
      }),
    );
