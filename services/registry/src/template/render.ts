/** A new service's files, from `services/templates/generic-consumer/{typescript,python}`. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
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
  const model = modelOf(folder, values.eventType);
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !/__pycache__|\.pyc$/.test(path.join(entry.parentPath, entry.name)))
    .map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      return {
        path: path.relative(folder, file).split(path.sep).join("/"),
        content: fill(readFileSync(file, "utf8"), values, model),
      };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The Python model that Holyfields generated for the event; the envelope's for a pattern, and for a draft of today. */
function modelOf(folder: string, eventType: string): string {
  const models = path.join(folder, "../../../../holyfields/generated/python/holyfields/__init__.py");
  const name = eventType.replace(/(?:^|[._])([a-z])/g, (_, letter: string) => letter.toUpperCase());
  if (!/^\w+$/.test(name) || !existsSync(models)) return "EventEnvelope";
  const known = new RegExp(`\\bimport ${name}\\b`).test(readFileSync(models, "utf8"));
  return known ? name : "EventEnvelope";
}

function fill(
  text: string,
  { service, description, queue, eventType }: TemplateValues,
  model: string,
): string {
  // Both languages, JSON and TOML escape alike what a description may hold.
  const safe = description.replace(/\s+/g, " ").replaceAll("*/", "* /").replace(/[\\"]/g, "'");
  return text
    .replaceAll("__SERVICE__", () => service)
    .replaceAll("__DESCRIPTION__", () => safe)
    .replaceAll("__QUEUE__", () => queue)
    .replaceAll("__EVENT_TYPE__", () => eventType)
    .replaceAll("__MODEL__", () => model);
}
