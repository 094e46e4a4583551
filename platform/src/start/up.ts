/** `bb up`, and with it `npm start`: starts the platform in this process, says how it is, and ends it when told to. */
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { loadConfig } from "../config/load.js";
import type { Platform, PlatformOptions } from "../contract.js";
import { messageOf } from "../errors.js";
import type { Check, Readiness } from "../health/health.js";
import { outliveReaders } from "./outlive-readers.js";
import { startPlatform } from "./platform.js";

/** Longer than the services may take to drain. */
const PATIENCE = 20_000;
/** Milliseconds in which what is here comes up: what takes longer is away, and that is said. */
const SOON = 1_000;

export interface UpOptions extends Pick<PlatformOptions, "services" | "reload"> {
  /** What is said is for machines: a line of JSON each time. */
  readonly json: boolean;
}

/**
 * Resolves when the platform is up and has said so; the process then lives until SIGTERM or SIGINT and ends with 0.
 * What does not answer is named, and waited for.
 *
 * @throws StartError
 */
export async function up({ services, reload, json }: UpOptions): Promise<void> {
  outliveReaders();
  const { config, warnings } = loadConfig(process.env);
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
  const platform = await startPlatform(config, {
    ...(services !== undefined && { services }),
    ...(reload !== undefined && { reload }),
    pretty: process.stdout.isTTY === true,
  });
  endWhenTold(platform);
  const say = (readiness: Readiness, text: () => string) =>
    process.stdout.write(`${json ? asLine(platform, readiness) : text()}\n`);
  let readiness = await platform.settled(SOON);
  if (readiness.status !== "ready") {
    say(readiness, () => waiting(platform, readiness));
    readiness = await platform.settled(Number.POSITIVE_INFINITY);
  }
  // Otherwise it was ended before it was up.
  if (readiness.status === "ready") say(readiness, () => welcome(platform));
}

function asLine({ addresses, notices }: Platform, { status, checks }: Readiness): string {
  return JSON.stringify({ status, ...addresses, notices, failing: Object.fromEntries(failing(checks)) });
}

function waiting({ addresses }: Platform, { checks }: Readiness): string {
  return [
    "",
    "  Bloodbank is not up yet, and goes on trying:",
    "",
    ...failing(checks).map(([name, { url, message, code }]) => {
      const what = [url, message].filter((part) => part !== undefined).join(" ");
      return `  ${name.padEnd(12)}  ${what}${code === undefined ? "" : ` (${code})`}`;
    }),
    "",
    `  how it is     ${addresses.http}/health/ready`,
    "",
  ].join("\n");
}

/** The recorder, which waits for bus and store, is not named beside them. */
function failing(checks: Readiness["checks"]): readonly (readonly [string, Check])[] {
  const all = Object.entries(checks).filter(([, { status }]) => status === "failing");
  const causes = all.filter(([name]) => name !== "recorder");
  return causes.length > 0 ? causes : all;
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
