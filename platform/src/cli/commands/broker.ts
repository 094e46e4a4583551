/** `bb broker`: the embedded AMQP broker alone, without contracts, store or page. */
import path from "node:path";
import { systemCode } from "../../errors.js";
import { brokerFolder } from "../../start/broker-folder.js";
import { outliveReaders } from "../../start/outlive-readers.js";
import { wholeNumber } from "../api/filters.js";
import { action, asJson, type Define, type Invocation } from "../command.js";
import { makeDataDir } from "../data-dir.js";
import { envPort } from "../env-port.js";
import { CliError, messageOf } from "../errors.js";
import { EXIT, type ExitCode } from "../exit-codes.js";

interface Options {
  readonly port?: number;
  readonly managementPort?: number;
  readonly host?: string;
  readonly dataDir?: string;
}

export const defineBroker: Define = (parent, terminal) =>
  parent
    .command("broker")
    .summary("start the AMQP broker alone")
    .description(
      `Starts the embedded AMQP 0-9-1 broker alone: no contracts are checked, nothing is recorded. On the data directory of
a \`bb up\` that has ended it has that one's queues and messages, and the other way round. It ends on Ctrl-C or SIGTERM,
when everything confirmed is on disk.`,
    )
    .option(
      "--port <port>",
      "for AMQP; 0 is any free port (BLOODBANK_AMQP_PORT, 5672)",
      wholeNumber(0, 65_535),
    )
    .option("--management-port <port>", "for the management API; none without it", wholeNumber(0, 65_535))
    .option("--host <address>", "to listen on (BLOODBANK_HOST, 127.0.0.1)")
    .option("--data-dir <folder>", "its log is in broker/ there (BLOODBANK_DATA_DIR, .bloodbank)")
    .action(action<Options>(terminal, run));

async function run({ terminal, options }: Invocation<Options>): Promise<ExitCode> {
  const { env, cwd, signal } = terminal;
  const { startBroker } = await import("@33god/bloodbank-broker");
  outliveReaders();
  const { folder: dataDir, warning } = brokerFolder(
    path.resolve(cwd, options.dataDir ?? (env.BLOODBANK_DATA_DIR || ".bloodbank")),
  );
  if (warning !== undefined) terminal.note(`warn: ${warning}`);
  const host = options.host ?? (env.BLOODBANK_HOST || "127.0.0.1");
  const port =
    options.port ?? envPort("BLOODBANK_AMQP_PORT", env.BLOODBANK_AMQP_PORT || "5672", ", or give --port");
  makeDataDir(dataDir);
  let broker: Awaited<ReturnType<typeof startBroker>>;
  try {
    broker = await startBroker({
      dataDir,
      host,
      port,
      ...(options.managementPort !== undefined && { managementPort: options.managementPort }),
      log: (level, message) => {
        if (level === "warn" || level === "error") terminal.note(`${level}: ${message}`);
      },
    });
  } catch (error) {
    const code = systemCode(error) ?? "";
    const unwritable = /DATA|FORMAT|LOG/.test(code) || /^E[A-Z]+$/.test(code);
    throw new CliError(unwritable ? "CANNOT_WRITE" : "BUSY", messageOf(error), {
      // A system error's code is no code of ours.
      problem: HINTS[code] === undefined ? undefined : code,
      hint: HINTS[code] ?? (unwritable ? "--data-dir names a folder that may be written to" : undefined),
      cause: error,
    });
  }
  const url = `amqp://guest:guest@${broker.host.includes(":") ? `[${broker.host}]` : broker.host}:${broker.port}/`;
  const management =
    broker.managementPort === undefined ? undefined : `http://${broker.host}:${broker.managementPort}`;
  if (options.json)
    terminal.out(asJson({ amqp: url, management: management ?? null, data_dir: dataDir, pid: process.pid }));
  else {
    terminal.out(`listening at ${url}`);
    if (management !== undefined) terminal.out(`management API at ${management}`);
    terminal.out(`data in ${dataDir}`);
  }
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  await broker.close();
  return EXIT.ok;
}

const HINTS: Readonly<Record<string, string>> = {
  PORT_IN_USE: "--port names another one, 0 is any free one",
  DATA_DIR_IN_USE: "another broker runs on this folder: end it, or name another by --data-dir",
  LISTEN_FAILED:
    "--host names an address of this machine, --port one that may be listened at: those below 1024 are often root's",
  LOG_UNREADABLE: "the log above says which file; docs/broker-log.md says what each is",
  FORMAT_UNKNOWN: "it was written by another version: name another folder by --data-dir",
};
