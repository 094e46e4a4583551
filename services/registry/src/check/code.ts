/**
 * A service's code against its entry, as far as words tell: the queues, routing keys and event types that stand in
 * its sources.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Finding } from "../finding.js";
import { queuesOf, type Registry, type ServiceEntry } from "../registry.js";
import { overlap } from "./routing.js";

/** @param home the folder that the registry lies in */
export function checkCode(
  registry: Registry,
  home: string,
  eventTypes: readonly string[],
): readonly Finding[] {
  return Object.entries(registry.services).flatMap(([key, entry]) =>
    entry.run === undefined ? [] : checkService(key, entry, path.resolve(home, entry.run.folder), eventTypes),
  );
}

function checkService(
  service: string,
  entry: ServiceEntry,
  folder: string,
  eventTypes: readonly string[],
): readonly Finding[] {
  const finding = (
    rule: Finding["rule"],
    severity: Finding["severity"],
    member: string,
    message: string,
  ): Finding => ({
    rule,
    severity,
    pointer: `/services/${service}/${member}`,
    message,
    service,
  });
  if (!existsSync(folder))
    return [
      finding(
        "RUN_MISSING",
        "error",
        "run/folder",
        `${service} is to be started in ${folder}, which is not there`,
      ),
    ];
  const code = sourcesOf(folder);
  const quoted = (text: string) => code.includes(`"${text}"`) || code.includes(`'${text}'`);
  const { routing_keys = [], produces = [] } = entry;
  const found: Finding[] = [];
  for (const { queue } of queuesOf(entry))
    if (!quoted(queue))
      found.push(finding("CODE_QUEUE", "error", "queue_name", `${service}'s code does not name ${queue}`));
  routing_keys.forEach((key, index) => {
    if (!quoted(key))
      found.push(
        finding("CODE_QUEUE", "error", `routing_keys/${index}`, `${service}'s code does not name ${key}`),
      );
  });
  produces.forEach((key, index) => {
    if (!/[#*]/.test(key) && !quoted(key))
      found.push(
        finding(
          "CODE_UNUSED",
          "warning",
          `produces/${index}`,
          `${service} says it produces ${key}; its code does not name it`,
        ),
      );
  });
  const declared = [...routing_keys, ...produces];
  for (const type of eventTypes)
    if (quoted(type) && !declared.some((key) => overlap(key, type)))
      found.push(
        finding(
          "CODE_UNDECLARED",
          "error",
          "produces",
          `${service}'s code names ${type}; its entry does not`,
        ),
      );
  return found;
}

function sourcesOf(folder: string): string {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter(
      (entry) =>
        entry.isFile() &&
        /\.(ts|py)$/.test(entry.name) &&
        !/(^|[\\/])(node_modules|dist|test|tests|\.venv)([\\/]|$)/.test(
          path.relative(folder, entry.parentPath),
        ),
    )
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), "utf8"))
    .join("\n");
}
