/** `npm start` and `bb up`: starts the platform in this process, says where it is, and ends it when told to. */
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { loadConfig } from "../config/load.js";
import type { Platform } from "../contract.js";
import { messageOf, StartError } from "../errors.js";
import { startPlatform } from "./platform.js";

const USAGE = "usage: npm start -- [--only <service>]… [--without <service>]… [--no-services] [--no-reload]";
/** Longer than the services may take to drain. */
const PATIENCE = 20_000;

/**
 * Resolves when the platform runs; the process then lives until SIGTERM or SIGINT and ends with 0. A start that fails
 * is told in a line or two, and sets the exit code.
 */
export async function up(argv: readonly string[]): Promise<void> {
  try {
    const { services, reload } = parse(argv);
    const { config, warnings } = loadConfig(process.env);
    for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
    const platform = await startPlatform(config, { services, reload, pretty: process.stdout.isTTY === true });
    endWhenTold(platform);
    process.stdout.write(`${welcome(platform)}\n`);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    for (const line of `${error.message} (${error.code})`.split("\n"))
      process.stderr.write(`error: ${line}\n`);
    if (error.hint !== undefined) process.stderr.write(`hint: ${error.hint}\n`);
    process.exitCode = error.exitCode;
  }
}

function parse(argv: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        only: { type: "string", multiple: true },
        without: { type: "string", multiple: true },
        "no-services": { type: "boolean" },
        "no-reload": { type: "boolean" },
      },
    });
    const reload = values["no-reload"] !== true;
    if (values["no-services"] === true) return { services: false as const, reload };
    const names = (list: readonly string[] | undefined) => list?.flatMap((part) => part.split(","));
    const [only, without] = [names(values.only), names(values.without)];
    return { services: { ...(only && { only }), ...(without && { without }) }, reload };
  } catch (error) {
    throw new StartError("BAD_USAGE", messageOf(error), { hint: USAGE });
  }
}

function welcome({ addresses, notices }: Platform): string {
  const { http, amqp, management } = addresses;
  return [
    "",
    "  Bloodbank is up.",
    "",
    `  page and API  ${http}`,
    `  API docs      ${http}/docs`,
    `  bus           ${amqp}`,
    ...(management === undefined ? [] : [`  management    ${management}`]),
    "",
    ...notices.map((notice) => `  note: ${notice}`),
    ...(notices.length > 0 ? [""] : []),
    "  Point other programs here:",
    `    export RABBITMQ_URL=${amqp}`,
    "",
    "  Try it:",
    `    curl -X POST ${http}/webhooks/fireflies -H 'content-type: application/json' -d @${exampleMeeting()}`,
    "",
  ].join("\n");
}

/** As it is written in the folder where the platform was started: in the checkout, or of this package. */
function exampleMeeting(cwd = process.cwd()): string {
  const example = "examples/fireflies/meeting.json";
  const packed = fileURLToPath(new URL(`../../${example}`, import.meta.url));
  return existsSync(example) || !existsSync(packed) ? example : path.relative(cwd, packed);
}

function endWhenTold(platform: Platform): void {
  let told = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.on(signal, () => {
      // Somebody who asks twice does not want to wait.
      if (told) process.exit(1);
      told = true;
      setTimeout(() => process.exit(1), PATIENCE).unref();
      platform.close().then(
        () => process.exit(0),
        (error) => {
          process.stderr.write(`error: could not end cleanly: ${messageOf(error)}\n`);
          process.exit(1);
        },
      );
    });
}
