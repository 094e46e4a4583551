/** `bb service list`: the registry, with what is observed of each entry. */
import type { Command } from "commander";
import type { ServiceState } from "../api/answers.js";
import { action, asJson } from "../command.js";
import { EXIT } from "../exit-codes.js";
import { table } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import { duration } from "../terminal/time.js";

const texts = (value: string | readonly string[] | null | undefined): readonly string[] =>
  value === null || value === undefined ? [] : [value].flat();

export function defineServiceList(service: Command, terminal: Terminal): void {
  service
    .command("list")
    .description("Lists the services of the registry, and how each does.")
    .option("--all", "planned, deprecated and external ones too")
    .action(
      action<{ readonly all?: boolean }>(terminal, async ({ options, platform }) => {
        const { services } = await platform().json<{ readonly services: readonly ServiceState[] }>(
          "/api/v1/services",
        );
        const shown = services.filter(
          ({ status, external }) => options.all || ((status ?? "active") === "active" && external !== true),
        );
        if (options.json) terminal.out(asJson({ services: shown }));
        else
          for (const line of table<ServiceState>(
            [
              { title: "service", value: ({ name }) => name },
              { title: "state", value: stateOf, paint: (text, one) => paintState(text, one, terminal) },
              { title: "waiting", value: ({ observed }) => count(observed?.depth), align: "right" },
              { title: "failed", value: ({ observed }) => count(observed?.failures), align: "right" },
              { title: "process", value: processOf },
              { title: "consumes", value: ({ routing_keys }) => texts(routing_keys).join(" ") },
            ],
            shown,
            terminal.paint.bold,
          ))
            terminal.out(line);
        return EXIT.ok;
      }),
    );
}

const count = (value: number | undefined): string => (value ? String(value) : "");

function stateOf({ status = "active", external, observed, process }: ServiceState): string {
  if (status !== "active") return status;
  if (process) return process.state;
  if (observed?.connected === true) return "connected";
  return external ? "external" : observed?.connected === false ? "not connected" : "";
}

function paintState(text: string, { process, observed }: ServiceState, { paint }: Terminal): string {
  if (process?.state === "failed" || process?.state === "waiting") return paint.red(text);
  if (process?.state === "running" || observed?.connected === true) return paint.green(text);
  return paint.dim(text);
}

function processOf({ process }: ServiceState): string {
  if (!process) return "";
  const since = process.since ? duration(Date.now() - Date.parse(process.since)) : "";
  return [
    process.pid === undefined || process.pid === null ? "" : `pid ${process.pid}`,
    since && `for ${since}`,
    process.memory_mb ? `${Math.round(process.memory_mb)} MB` : "",
    process.restarts ? `${process.restarts} restarts` : "",
    process.reason ?? "",
  ]
    .filter((part) => part !== "")
    .join(", ");
}
