/** `bb up`: the whole platform in this process. */
import { action, type Define } from "../command.js";

interface Options {
  readonly only?: readonly string[];
  readonly without?: readonly string[];
  readonly services: boolean;
  readonly reload: boolean;
}

/** Also several in one, with commas between. */
const names = (written: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...written.split(","),
];

export const defineUp: Define = (parent, terminal) =>
  parent
    .command("up")
    .summary("start the platform and its services")
    .description(
      `Starts bus, store, HTTP API and page in this process, and the registry's active services as processes of their
own. Ctrl-C or SIGTERM ends them all, and what they have is finished first. \`bb config\` shows what it would use.
It starts what was built: in a checkout, \`npm start\` compiles first what has changed.`,
    )
    .option("--only <service>", "of the services, only this one (repeatable)", names)
    .option("--without <service>", "all services but this one (repeatable)", names)
    .option("--no-services", "no services")
    .option("--no-reload", "do not start a service anew when its sources change")
    .addHelpText(
      "after",
      `
The environment decides the rest: BLOODBANK_HTTP_PORT, RABBITMQ_URL, DATABASE_URL and others. A RabbitMQ or a
PostgreSQL that does not answer is named and waited for. With --json what it says of itself is a line of JSON.`,
    )
    .action(
      action<Options>(terminal, async ({ options }) => {
        const { up } = await import("../../start/up.js");
        const { only, without, services, reload, json = false } = options;
        await up({
          services: services && { ...(only && { only }), ...(without && { without }) },
          reload,
          json,
        });
        // The platform lives on in this process, and sets its own exit code.
        return undefined;
      }),
    );
