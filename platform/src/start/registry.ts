/** The service registry of the place where the platform was started, or of the checkout it belongs to. */
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Catalog } from "@33god/holyfields";
import { LAYERS, type Layer, loadRegistry, type Registry } from "@33god/registry";
import { StartError } from "../errors.js";
import type { Log } from "../log/log.js";

export interface FoundRegistry {
  readonly registry: Registry;
  /** What `run.folder` is relative to. */
  readonly folder: string;
}

/**
 * @throws StartError `BAD_REGISTRY`, a line for each finding
 */
export function findRegistry(
  exchange: string,
  { contracts }: Catalog,
  log: Log,
  cwd = process.cwd(),
): FoundRegistry {
  const eventTypes = [...new Set(contracts.map(({ eventType }) => eventType))];
  const file = [
    path.join(cwd, "services", "registry.yaml"),
    fileURLToPath(new URL("../../../services/registry.yaml", import.meta.url)),
  ].find((candidate) => existsSync(candidate));
  if (file === undefined) return { registry: emptyRegistry(exchange), folder: cwd };
  const { registry, findings } = loadRegistry(file, { eventTypes });
  if (registry === undefined)
    throw new StartError(
      "BAD_REGISTRY",
      findings.map(({ message, line = 1 }) => `${file}:${line}: ${message}`).join("\n"),
      { hint: "`bb service check` says more." },
    );
  // It can be shown and run all the same: who wrote it is told.
  for (const { severity, message, line = 1 } of findings)
    if (severity === "error") log("warn", `${file}:${line}: ${message}`);
  return { registry, folder: path.dirname(file) };
}

function emptyRegistry(exchange: string): Registry {
  return {
    version: "1.0",
    exchange,
    services: {},
    event_subscriptions: {},
    topology: Object.fromEntries(LAYERS.map((layer) => [layer, []])) as unknown as Record<
      Layer,
      readonly string[]
    >,
  };
}
