/** `bb migrate`: from one machine to many. */
import path from "node:path";
import { Option } from "commander";
import { address } from "../../config/values.js";
import { reasonOf, systemCode } from "../../errors.js";
import { action, asJson, type Define, type Invocation } from "../command.js";
import { CliError, messageOf } from "../errors.js";
import { EXIT, type ExitCode } from "../exit-codes.js";
import { table } from "../terminal/table.js";

interface Options {
  readonly from?: string;
  readonly fromManagement?: string;
  readonly to: string;
  readonly management?: string;
  readonly database?: string;
  readonly databaseSchema?: string;
  readonly queueType?: "classic" | "quorum";
  readonly dataDir?: string;
}

export const defineMigrate: Define = (parent, terminal) =>
  parent
    .command("migrate")
    .summary("move to RabbitMQ and PostgreSQL")
    .description(
      `Moves a platform from one machine to many: exchanges, queues, bindings, policies and messages to a RabbitMQ, and
the history to a PostgreSQL. The platform does not run meanwhile. It may be interrupted and run again; it proves at the
end that nothing stayed behind. With --from it moves one virtual host of RabbitMQ to another, where its queues may get
another type: RabbitMQ cannot change the type of a queue.`,
    )
    .option("--from <amqp address>", "a RabbitMQ to move away from, instead of the embedded broker")
    .option("--from-management <address>", "its management API; port 15672 of the same host without it")
    .requiredOption("--to <amqp address>", "of the RabbitMQ, with user, password and virtual host")
    .option("--management <address>", "its management API; port 15672 of the same host without it")
    .option("--database <postgres address>", "for the history; it stays in SQLite without it")
    .option("--database-schema <name>", "in that database")
    .addOption(new Option("--queue-type <type>", "that queues get there").choices(["classic", "quorum"]))
    .option("--data-dir <folder>", "instead of BLOODBANK_DATA_DIR")
    .addHelpText(
      "after",
      `
Example:
  bb migrate --to amqp://bus:secret@rabbit-1:5672/ --queue-type quorum --database postgres://store:secret@pg/events
  bb migrate --from amqp://bus:secret@rabbit-1:5672/ --to amqp://bus:secret@rabbit-1:5672/quorum --queue-type quorum`,
    )
    .action(action<Options>(terminal, run));

async function run({ terminal, options }: Invocation<Options>): Promise<ExitCode> {
  const { env, cwd, paint } = terminal;
  checkAddress("--to", options.to, "amqp", "amqps");
  if (options.from !== undefined) checkAddress("--from", options.from, "amqp", "amqps");
  for (const name of ["management", "fromManagement"] as const) {
    const written = options[name];
    if (written !== undefined)
      checkAddress(name === "management" ? "--management" : "--from-management", written, "http", "https");
  }
  if (options.database !== undefined) checkAddress("--database", options.database, "postgres", "postgresql");
  if (options.from === options.to)
    throw new CliError("BAD_USAGE", "--from and --to are the same place", {
      hint: "name another virtual host, or another RabbitMQ, with --to",
    });
  const result = await inWords(async () =>
    (await import("../migrate/migrate.js")).migrate({
      dataDir: path.resolve(cwd, options.dataDir ?? (env.BLOODBANK_DATA_DIR || ".bloodbank")),
      ...(options.from !== undefined && {
        from: { amqp: options.from, management: options.fromManagement ?? managementOf(options.from) },
      }),
      to: { amqp: options.to, management: options.management ?? managementOf(options.to) },
      ...(options.queueType && { queueType: options.queueType }),
      ...(options.database && {
        database: {
          databaseUrl: options.database,
          ...(options.databaseSchema && { databaseSchema: options.databaseSchema }),
        },
      }),
      progress: (line) => terminal.note(paint.dim(line)),
    }),
  );
  if (options.json) terminal.out(asJson(result));
  else {
    if (result.queues.length > 0)
      for (const line of table(
        [
          { title: "queue", value: ({ queue }) => queue },
          { title: "moved", value: ({ moved }) => String(moved), align: "right" },
          { title: "left here", value: ({ left }) => String(left), align: "right" },
          {
            title: "there",
            value: ({ there }) => (there === undefined ? "consumed" : String(there)),
            align: "right",
          },
        ],
        result.queues,
        paint.bold,
      ))
        terminal.out(line);
    const { history } = result;
    if (history !== undefined)
      terminal.out(
        `history: ${history.events} events, ${history.stored} stored now, ${history.missing} missing`,
      );
    terminal.out(
      result.complete
        ? paint.green("nothing stayed behind")
        : paint.red("not everything is there: run it again"),
    );
    if (result.complete) {
      terminal.note("next, everywhere:");
      terminal.note(`  export RABBITMQ_URL=${options.to}`);
      if (options.database !== undefined) terminal.note(`  export DATABASE_URL=${options.database}`);
    }
  }
  return result.complete ? EXIT.ok : EXIT.no;
}

/** What a broker or a database has against it, as an error of the command. */
async function inWords<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error && /^(BloodbankError|Publish\w+|StoreError)$/.test(error.name))) throw error;
    throw new CliError("UNREACHABLE", reasonOf(error), {
      problem: systemCode(error),
      hint: "nothing is lost: run it again when both places answer, with the addresses and users that they have",
      cause: error,
    });
  }
}

/** Where the plugin listens when nobody configured it, with the bus's own user. */
function managementOf(amqp: string): string {
  const { protocol, username, password, hostname } = new URL(amqp);
  const user = username === "" ? "guest:guest" : `${username}:${password}`;
  return protocol === "amqps:" ? `https://${user}@${hostname}:15671/` : `http://${user}@${hostname}:15672/`;
}

function checkAddress(option: string, written: string, ...protocols: readonly string[]): void {
  try {
    address(written, ...protocols);
  } catch (error) {
    throw new CliError("BAD_USAGE", `${option}: ${messageOf(error)}`, {
      hint: `write it as ${protocols[0]}://user:password@host:port/`,
    });
  }
}
