/** `bb purge`: what waits in a queue, taken out for good. */
import { action, asJson, type Define } from "../command.js";
import { CliError } from "../errors.js";
import { EXIT } from "../exit-codes.js";
import { confirmed } from "../terminal/confirm.js";
import { counted } from "../terminal/counted.js";

interface Options {
  readonly reason?: string;
  readonly yes?: boolean;
}

export const definePurge: Define = (parent, terminal) =>
  parent
    .command("purge")
    .summary("take all messages out of a queue, for good")
    .description(
      "Takes out of a queue, for good, what no consumer holds. The event store keeps the events, and records who purged what, when and why.",
    )
    .argument("<queue>", "as `bb topology queues` shows it")
    .option("--reason <text>", "goes into the record")
    .option("-y, --yes", "without asking")
    .addHelpText("after", "\nIn place of: rabbitmqctl purge_queue")
    .action(
      action<Options, [string]>(terminal, async ({ options, platform }, queue) => {
        if (!options.reason)
          throw new CliError("BAD_USAGE", "purging needs a --reason", { hint: "it is kept in the record" });
        const client = platform();
        const path = `/api/v1/queues/${encodeURIComponent(queue)}`;
        const { ready } = await client.json<{ readonly ready: number }>(path);
        if (ready === 0) {
          terminal.note(`nothing waits in ${queue}`);
          return EXIT.no;
        }
        if (!(await confirmed(terminal, options.yes, `purge ${counted(ready, "message")} from ${queue}?`)))
          return EXIT.no;
        const answer = await client.json<{ readonly purged: number }>(`${path}/purge`, {
          method: "POST",
          body: { reason: options.reason },
        });
        terminal.out(options.json ? asJson(answer) : `${answer.purged} purged`);
        return EXIT.ok;
      }),
    );
