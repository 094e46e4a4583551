/** `bb publish`: an event by hand. */
import { readFile } from "node:fs/promises";
import type { Published } from "../api/answers.js";
import { scalar } from "../api/filters.js";
import { publishHeaders } from "../api/publish.js";
import { action, asJson, type Define, several } from "../command.js";
import { CliError, messageOf } from "../errors.js";
import { EXIT } from "../exit-codes.js";
import { jsonObject } from "../json-object.js";
import type { Terminal } from "../terminal/terminal.js";

interface Options {
  readonly field?: readonly string[];
  readonly id?: string;
  readonly causedBy?: readonly string[];
  readonly app: string;
  readonly schemaVersion?: string;
  readonly agentContext?: string;
}

export const definePublish: Define = (parent, terminal) =>
  parent
    .command("publish")
    .summary("publish an event")
    .description("Publishes an event: its envelope is made, its contract checked, its confirm waited for.")
    .argument("<event type>", "as artifact.created")
    .argument("[payload]", "JSON; @file reads a file, - standard input")
    .option("-f, --field <name=value>", "one field of the payload (repeatable)", several)
    .option("--id <event id>", "a UUID, or any key: published twice with it, it is one event")
    .option("--caused-by <event id>", "the id of a cause (repeatable)", several)
    .option("--app <name>", "the source's app", "bb")
    .option("--schema-version <version>", "instead of the newest version")
    .option("--agent-context <json>", "goes into the envelope")
    .addHelpText(
      "after",
      `
Examples:
  bb publish artifact.created '{"artifact_type":"document","file_path":"/tmp/a.md"}'
  bb publish artifact.created -f artifact_type=document -f file_path=/tmp/a.md
  bb publish feature.requested @request.json --caused-by 0198f0c4-7b1e-7c3a-8f00-000000000001`,
    )
    .action(
      action<Options, [string, string | undefined]>(terminal, async ({ options, platform }, type, given) => {
        const payload = { ...(await readPayload(terminal, given)), ...fields(options.field ?? []) };
        const published = await platform().json<Published>(`/events/${encodeURIComponent(type)}`, {
          method: "POST",
          body: payload,
          headers: publishHeaders({
            app: options.app,
            id: options.id,
            causes: options.causedBy ?? [],
            version: options.schemaVersion,
            agentContext:
              options.agentContext === undefined
                ? undefined
                : await jsonObject(options.agentContext, "--agent-context"),
          }),
        });
        if (options.json) terminal.out(asJson(published));
        else {
          terminal.out(published.event_id);
          if (published.routed === false) terminal.note("confirmed; no queue is bound for it");
          if (published.receivers === "event_store")
            terminal.note("confirmed; no queue but the event store's is bound for it");
        }
        return EXIT.ok;
      }),
    );

async function readPayload(terminal: Terminal, given: string | undefined): Promise<Record<string, unknown>> {
  if (given === undefined) return {};
  if (given === "-") return await jsonObject(await terminal.readInput(), "standard input");
  if (!given.startsWith("@")) return await jsonObject(given, "the payload");
  const file = given.slice(1);
  try {
    return await jsonObject(await readFile(file), file);
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError("NO_INPUT", `${file} cannot be read: ${messageOf(error)}`);
  }
}

/** `a.b=1` nests; a value that is JSON is taken as JSON. */
function fields(written: readonly string[]): Record<string, unknown> {
  const payload: Record<string, unknown> = {};
  for (const part of written) {
    const at = part.indexOf("=");
    if (at < 1) throw new CliError("BAD_USAGE", `--field "${part}" is not name=value`);
    const path = part.slice(0, at).split(".");
    let target = payload;
    for (const name of path.slice(0, -1)) {
      const inner = Object.hasOwn(target, name) ? target[name] : undefined;
      const next = typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>) : {};
      define(target, name, next);
      target = next;
    }
    define(target, path.at(-1) ?? "", fieldValue(part.slice(at + 1)));
  }
  return payload;
}

/** `__proto__` is a name like any other. */
const define = (target: object, name: string, value: unknown): void => {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
};

function fieldValue(text: string): unknown {
  if (/^[[{"]|^null$/.test(text)) {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }
  return scalar(text);
}
