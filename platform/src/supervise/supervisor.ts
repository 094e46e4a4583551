/** The services that `bb up` runs: started after the platform is ready, ended with it. */

import path from "node:path";
import type { Registry, ServiceEntry } from "@33god/registry/entries";
import { startable } from "@33god/registry/entries";
import type { ServiceSelection } from "../contract.js";
import { StartError } from "../errors.js";
import type { Logging } from "../log/log.js";
import { ServiceProcess } from "./service-process.js";

export interface SupervisorOptions {
  readonly registry: Registry;
  /** The registry's folder: `run.folder` is relative to it, unless it is absolute. */
  readonly folder: string;
  readonly selection: ServiceSelection | false;
  /** For every service; each gets the platform's addresses in it. */
  readonly env: NodeJS.ProcessEnv;
  readonly logging: Logging;
  /** Once aborted nothing is started again. */
  readonly stopping: AbortSignal;
}

export class Supervisor {
  readonly #processes: ReadonlyMap<string, ServiceProcess>;

  constructor({ registry, folder, selection, env, logging, stopping }: SupervisorOptions) {
    const log = logging.named("services");
    this.#processes = new Map(
      selected(registry, selection).map(({ name, run }) => [
        name,
        new ServiceProcess(
          { name, command: run.command, folder: path.resolve(folder, run.folder), env },
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

  start(): void {
    for (const service of this.#processes.values()) service.start();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#processes.values()].map((service) => service.stop()));
  }
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
      );
}

function selected(
  registry: Registry,
  selection: ServiceSelection | false,
): readonly (ServiceEntry & { readonly run: NonNullable<ServiceEntry["run"]> })[] {
  if (selection === false) return [];
  return startable(registry).filter(
    ({ name }) => (selection.only?.includes(name) ?? true) && !(selection.without?.includes(name) ?? false),
  );
}
