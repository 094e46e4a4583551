/** `bb service check`: the registry against itself, the contracts, the code, and with `--live` the broker. */
import path from "node:path";
import { type Command, Option } from "commander";
import type { BindingInfo, QueueInfo } from "../../management/answers.js";
import { action, asJson, type Invocation } from "../command.js";
import { inWords } from "../contracts/contract-files.js";
import { EXIT, type ExitCode } from "../exit-codes.js";
import { findRegistryFile } from "../registry/find-registry.js";
import type { Terminal } from "../terminal/terminal.js";

interface Options {
  readonly registry?: string;
  readonly live?: boolean;
  readonly format: "text" | "json" | "sarif";
}

export function defineServiceCheck(service: Command, terminal: Terminal): void {
  service
    .command("check")
    .description(
      "Checks services/registry.yaml: names, queues, contracts, who produces what is consumed, and the code.",
    )
    .option("--live", "the running broker's queues and bindings too")
    .option("--registry <file>", "another registry")
    .addOption(new Option("--format <format>").choices(["text", "json", "sarif"]).default("text"))
    .action(action<Options>(terminal, check));
}

async function check({ terminal, options, platform }: Invocation<Options>): Promise<ExitCode> {
  const place = findRegistryFile(terminal.cwd, options.registry);
  const { checkBindings, loadRegistry, toSarif } = await import("@33god/registry");
  const { loadCatalog } = await import("@33god/holyfields");
  const eventTypes = [...new Set(inWords(loadCatalog).contracts.map(({ eventType }) => eventType))];
  const { registry, findings: still } = loadRegistry(place.file, { eventTypes, code: true });
  const live: ReturnType<typeof checkBindings>[number][] = [];
  if (options.live && registry !== undefined) {
    const { queues } = await platform().json<{ readonly queues: readonly QueueInfo[] }>(
      "/api/v1/topology/queues",
    );
    const { bindings } = await platform().json<{ readonly bindings: readonly BindingInfo[] }>(
      "/api/v1/topology/bindings",
    );
    const ours = bindings.filter(
      ({ source, destination_type, destination }) =>
        source === registry.exchange && destination_type === "queue" && durable(queues, destination),
    );
    live.push(
      ...checkBindings(
        registry,
        queues.map(({ name }) => name),
        ours.map(({ destination, routing_key }) => ({ queue: destination, routingKey: routing_key })),
        terminal.env,
      ),
    );
  }
  const findings = [...still, ...live];
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const shown = path.relative(terminal.cwd, place.file);
  if (options.format === "sarif")
    terminal.out(asJson(toSarif(findings, path.relative(place.root, place.file))));
  else if (options.json || options.format === "json") terminal.out(asJson({ file: shown, errors, findings }));
  else {
    const { paint } = terminal;
    for (const { severity, rule, message, hint, line } of findings) {
      const word = severity === "error" ? paint.red("error") : paint.yellow("warning");
      terminal.out(`${shown}${line === undefined ? "" : `:${line}`}: ${word} ${message} ${paint.dim(rule)}`);
      if (hint !== undefined) terminal.out(paint.dim(`  ${hint}`));
    }
    const warnings = findings.length - errors;
    const services = Object.keys(registry?.services ?? {}).length;
    terminal.out(`${shown}: ${services} services, ${errors} errors, ${warnings} warnings`);
  }
  return errors > 0 ? EXIT.no : EXIT.ok;
}

/** A queue that goes with its connection is somebody looking, and no service. */
function durable(queues: readonly QueueInfo[], name: string): boolean {
  const queue = queues.find((one) => one.name === name);
  return queue === undefined || (queue.durable && !queue.auto_delete && queue.exclusive !== true);
}
