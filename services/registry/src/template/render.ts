/**
 * A new service's files, from `services/templates/generic-consumer/{typescript,python}`; of one that produces
 * something, those in the folder `…-producing` beside it stand in for the plain ones.
 *
 * A line with `__EACH_CONSUMED__` or `__EACH_PRODUCED__` is there once for each event type, and not at all for none.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

export interface TemplateValues {
  /** In the registry: kebab-case. */
  readonly service: string;
  readonly description: string;
  readonly queue: string;
  /** The event types, or patterns, that the queue is bound with; at least one. */
  readonly consumes: readonly string[];
  /** The event types that it will publish. */
  readonly produces: readonly string[];
  /** Event types whose contracts come with the service, so that their models will be there. */
  readonly drafts?: readonly string[];
}

export interface TemplateFile {
  /** Relative to the new service's folder, with "/" on every system. */
  readonly path: string;
  readonly content: string;
}

/** The formatter's. */
const LONGEST_LINE = 110;

/** @param folder one language's template */
export function renderTemplate(folder: string, values: TemplateValues): readonly TemplateFile[] {
  const files = new Map(filesOf(folder));
  if (values.produces.length > 0)
    for (const [name, file] of filesOf(`${folder}-producing`)) files.set(name, file);
  const model = modelsOf(folder, values);
  return [...files]
    .map(([name, file]) => ({ path: name, content: fill(readFileSync(file, "utf8"), values, model) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function filesOf(folder: string): readonly (readonly [name: string, file: string])[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .map((entry) => ({ entry, file: path.join(entry.parentPath, entry.name) }))
    .filter(({ entry, file }) => entry.isFile() && !/__pycache__|\.pyc$|\.pytest_cache/.test(file))
    .map(({ file }) => [path.relative(folder, file).split(path.sep).join("/"), file]);
}

/** The Python model that Holyfields generates for an event type; the envelope's for a pattern. */
function modelsOf(folder: string, { drafts = [] }: TemplateValues): (key: string) => string {
  const generated = path.join(folder, "../../../../holyfields/generated/python/holyfields/__init__.py");
  const known = existsSync(generated) ? readFileSync(generated, "utf8") : "";
  return (key) => {
    const name = key.replace(/(?:^|[._])([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const there = /^\w+$/.test(name) && new RegExp(`\\bimport ${name}\\b`).test(known);
    return there || drafts.includes(key) ? name : "EventEnvelope";
  };
}

function fill(text: string, values: TemplateValues, modelOf: (key: string) => string): string {
  const { service, description, queue, consumes, produces } = values;
  // Both languages, JSON and TOML escape alike what a description may hold.
  const safe = description.replace(/\s+/g, " ").replaceAll("*/", "* /").replace(/[\\"]/g, "'");
  const models = [...new Set(consumes.map(modelOf))];
  // What comes under no key of its own came by a pattern; without one, no model takes it.
  const otherwise = models.find((model) => model === "EventEnvelope") ?? models[0] ?? "";
  return text
    .split("\n")
    .flatMap((line) => {
      if (line.includes("__EACH_CONSUMED__"))
        return consumes.map((key) =>
          line.replaceAll("__EACH_CONSUMED__", () => key).replaceAll("__EACH_MODEL__", () => modelOf(key)),
        );
      if (line.includes("__EACH_PRODUCED__"))
        return produces.map((key) => line.replaceAll("__EACH_PRODUCED__", () => key));
      return line.includes('["__CONSUMED__"]') ? listed(line, consumes) : [line];
    })
    .join("\n")
    .replaceAll("__SERVICE__", () => service)
    .replaceAll("__DESCRIPTION__", () => safe)
    .replaceAll("__QUEUE__", () => queue)
    .replaceAll("__MODELS__", () => [...models].sort().join(", "))
    .replaceAll("__OTHERWISE__", () => otherwise)
    .replaceAll("__INCOMING__", () => models.join(" | "));
}

/** On one line where there is room, as the formatter has it. */
function listed(line: string, keys: readonly string[]): readonly string[] {
  const literals = keys.map((key) => JSON.stringify(key));
  const short = line.replace('"__CONSUMED__"', () => literals.join(", "));
  if (short.length <= LONGEST_LINE) return [short];
  const [before = "", after = ""] = line.split('"__CONSUMED__"');
  return [before, ...literals.map((literal) => `  ${literal},`), after];
}
