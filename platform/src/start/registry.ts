/**
 * The service registry of the place where the platform was started, or of the checkout it belongs to, or the one that
 * was installed with it.
 *
 * Reading and checking it loads a YAML and a JSON Schema library, which is a fifth of a start. What came of it is
 * kept in the data directory, and used again as long as registry, its schema and the contracts are the same files.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Catalog } from "@33god/holyfields";
import { LAYERS, type Layer, type Registry } from "@33god/registry/entries";
import type { Config } from "../config/contract.js";
import { messageOf, StartError } from "../errors.js";
import type { Log } from "../log/log.js";
import { VERSION } from "./version.js";

export interface FoundRegistry {
  readonly registry: Registry;
  /** What `run.folder` is relative to, unless it is absolute. */
  readonly folder: string;
}

interface Kept {
  readonly key: string;
  readonly registry: Registry;
  readonly warnings: readonly string[];
}

/** @throws StartError `BAD_REGISTRY`, a line for each finding */
export async function findRegistry(
  { exchange, dataDir }: Config,
  { contracts }: Catalog,
  log: Log,
  cwd = process.cwd(),
): Promise<FoundRegistry> {
  const installed = resolved("@33god/registry/registry.yaml");
  const file = [
    path.join(cwd, "services", "registry.yaml"),
    fileURLToPath(new URL("../../../services/registry.yaml", import.meta.url)),
    ...(installed === undefined ? [] : [installed]),
  ].find((candidate) => existsSync(candidate));
  if (file === undefined) return { registry: emptyRegistry(exchange), folder: cwd };
  const eventTypes = [...new Set(contracts.map(({ eventType }) => eventType))];
  const key = keyOf(file, eventTypes);
  const cache = path.join(dataDir, "registry.cache.json");
  let kept = readKept(cache);
  if (kept?.key !== key) {
    kept = { key, ...(await load(file, eventTypes)) };
    try {
      writeFileSync(cache, JSON.stringify(kept));
    } catch (error) {
      // Without it the next start takes longer.
      log("warn", `${cache} cannot be written: ${messageOf(error)}`);
    }
  }
  // It can be shown and run all the same: who wrote it is told.
  for (const warning of kept.warnings) log("warn", warning);
  const registry = file === installed ? ofPackages(kept.registry) : kept.registry;
  return { registry, folder: path.dirname(file) };
}

/** Each service in the folder of its own package; one whose package is not installed is not started here. */
function ofPackages(registry: Registry): Registry {
  const services = Object.entries(registry.services).map(([key, { run, ...entry }]) => {
    const main = run && resolved(`@33god/${run.folder}/main`);
    if (run === undefined || main === undefined) return [key, entry];
    return [key, { ...entry, run: { ...run, folder: path.dirname(path.dirname(main)) } }];
  });
  return { ...registry, services: Object.fromEntries(services) };
}

/** The file that another package offers under this name; nothing where it is not installed. */
function resolved(name: string): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch {
    return undefined;
  }
}

async function load(file: string, eventTypes: readonly string[]): Promise<Omit<Kept, "key">> {
  const { loadRegistry } = await import("@33god/registry");
  const { registry, findings } = loadRegistry(file, { eventTypes });
  const errors = findings.filter(({ severity }) => severity === "error");
  const lines = errors.map(({ message, line }) =>
    line === undefined ? message : `${file}:${line}: ${message}`,
  );
  if (registry === undefined)
    throw new StartError("BAD_REGISTRY", lines.join("\n"), {
      hint: errors.find(({ hint }) => hint !== undefined)?.hint ?? "`bb service check` says more.",
    });
  return { registry, warnings: lines };
}

function keyOf(file: string, eventTypes: readonly string[]): string {
  const hash = createHash("sha256").update(`${VERSION}\n${eventTypes.join()}\n`);
  for (const one of [file, path.join(path.dirname(file), "registry.schema.json")]) {
    const stat = statSync(one, { throwIfNoEntry: false });
    hash.update(`${one} ${stat?.size} ${stat?.mtimeMs}\n`);
  }
  return hash.digest("hex");
}

/** A cache that cannot be read is none. */
function readKept(cache: string): Kept | undefined {
  try {
    return JSON.parse(readFileSync(cache, "utf8"));
  } catch {
    return undefined;
  }
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
