/** The services that `bb up` runs: started after the platform is ready, ended with it. */

import { availableParallelism } from "node:os";
import path from "node:path";
import type { Registry, RunEntry, ServiceEntry } from "@33god/registry/entries";
import { startable } from "@33god/registry/entries";
import type { ServiceSelection } from "../contract.js";
import { StartError } from "../errors.js";
import type { Log, Logging } from "../log/log.js";
import { ServiceProcess } from "./service-process.js";
import { SourceWatch } from "./source-watch.js";

/** One that is not connected after so many milliseconds lets the next one start: it waits for something, or installs. */
const TURN = 2_000;

export interface SupervisorOptions {
  readonly registry: Registry;
  /** The registry's folder: `run.folder` is relative to it, unless it is absolute. */
  readonly folder: string;
  readonly selection: ServiceSelection | false;
  /** Whether a service is started anew when its sources change. */
  readonly reload: boolean;
  /** For every service; each gets the platform's addresses in it. */
  readonly env: NodeJS.ProcessEnv;
  readonly logging: Logging;
  /** Once aborted nothing is started again. */
  readonly stopping: AbortSignal;
}

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #log: Log;
  readonly #processes: ReadonlyMap<string, ServiceProcess>;
  #watches: readonly SourceWatch[] = [];

  constructor(options: SupervisorOptions) {
    const { env, logging, stopping } = options;
    const log = logging.named("services");
    this.#options = options;
    this.#log = log;
    this.#processes = new Map(
      selected(options.registry, options.selection).map(({ name, run }) => [
        name,
        new ServiceProcess(
          { name, command: run.command, folder: folderOf(options, run), env },
          { log, passOn: (line) => logging.passOn(name, line), stopping },
        ),
      ]),
    );
  }

  get services(): readonly ServiceProcess[] {
    return [...this.#processes.values()];
  }

  get(name: string): ServiceProcess | undefined {
    return this.#processes.get(name);
  }

  /**
   * Resolves when each was started. As many start at a time as there are processors: each takes one wholly until it is
   * connected, and the platform has others to answer meanwhile.
   */
  async start(): Promise<void> {
    const { reload, registry, selection } = this.#options;
    if (reload) this.#watches = selected(registry, selection).map((entry) => this.#watch(entry));
    const waiting = [...this.#processes.values()];
    const inTurn = async () => {
      for (;;) {
        const service = waiting.shift();
        if (service === undefined || this.#options.stopping.aborted) return;
        service.start();
        await whileStarting(service);
      }
    };
    await Promise.all(Array.from({ length: availableParallelism() }, inTurn));
  }

  async close(): Promise<void> {
    await Promise.all(this.#watches.map((watch) => watch.close()));
    await Promise.all([...this.#processes.values()].map((service) => service.stop()));
  }

  #watch({ name, run }: RunnableService): SourceWatch {
    return new SourceWatch({
      name,
      folder: folderOf(this.#options, run),
      language: run.language,
      log: this.#log,
      restart: async () => {
        const service = this.#processes.get(name);
        // Whoever stopped it wants it stopped.
        if (service?.status().state !== "stopped") await service?.restart();
      },
    });
  }
}

async function whileStarting(service: ServiceProcess): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(resolve, TURN, "late");
  });
  while (service.status().state === "starting")
    if ((await Promise.race([service.moved(), late])) === "late") break;
  clearTimeout(timer);
}

/** @throws StartError `BAD_CONFIG` for a name that cannot be started here */
export function checkSelection(registry: Registry, selection: ServiceSelection | false): void {
  if (selection === false) return;
  const known = new Set(startable(registry).map(({ name }) => name));
  for (const name of [...(selection.only ?? []), ...(selection.without ?? [])])
    if (!known.has(name))
      throw new StartError(
        "BAD_CONFIG",
        `${name} is not a service that can be started here; these are: ${[...known].join(", ")}`,
        { hint: "Only an active entry of services/registry.yaml with a run section is started." },
      );
}

type RunnableService = ServiceEntry & { readonly run: RunEntry };

/** Those of the registry that are started here. */
export function selected(
  registry: Registry,
  selection: ServiceSelection | false,
): readonly RunnableService[] {
  if (selection === false) return [];
  return startable(registry).filter(
    ({ name }) => (selection.only?.includes(name) ?? true) && !(selection.without?.includes(name) ?? false),
  );
}

const folderOf = ({ folder }: SupervisorOptions, run: RunEntry): string => path.resolve(folder, run.folder);
