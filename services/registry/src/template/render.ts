/** A new service's files, from `services/templates/generic-consumer/{typescript,python}`. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

export interface TemplateValues {
  /** In the registry: kebab-case. */
  readonly service: string;
  readonly description: string;
  readonly queue: string;
  /** The event type, or the pattern, that the queue is bound with. */
  readonly eventType: string;
}

export interface TemplateFile {
  /** Relative to the new service's folder, with "/" on every system. */
  readonly path: string;
  readonly content: string;
}

/** @param folder one language's template */
export function renderTemplate(folder: string, values: TemplateValues): readonly TemplateFile[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !/__pycache__|\.pyc$/.test(path.join(entry.parentPath, entry.name)))
    .map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      return {
        path: path.relative(folder, file).split(path.sep).join("/"),
        content: fill(readFileSync(file, "utf8"), values),
      };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function fill(text: string, { service, description, queue, eventType }: TemplateValues): string {
  // Both languages, JSON and TOML escape alike what a description may hold.
  const safe = description.replace(/\s+/g, " ").replaceAll("*/", "* /").replace(/[\\"]/g, "'");
  return text
    .replaceAll("__SERVICE__", () => service)
    .replaceAll("__DESCRIPTION__", () => safe)
    .replaceAll("__QUEUE__", () => queue)
    .replaceAll("__EVENT_TYPE__", () => eventType);
}
