/** Two schemas as a changelog tells their difference. */
import { pathOf } from "../json/pointer.js";
import { canonical, isObject, shown } from "../json/value.js";
import type { Change } from "../tools/contract.js";

const SILENT = new Set(["examples", "x-invalid-examples", "$id", "$schema", "$comment"]);

/** What a reader calls a place: `payload.items[].id`, without the schema's own words. */
export function placeOf(pointer: string): string {
  const out: string[] = [];
  const tokens = pathOf(pointer);
  for (let i = 0; i < tokens.length; i += 1) {
    const token = tokens[i]!;
    if (token === "properties" || token === "$defs") {
      i += 1;
      if (tokens[i] !== undefined) out.push(tokens[i]!);
    } else if (token === "items") out.push(`${out.pop() ?? ""}[]`);
    else if (["allOf", "anyOf", "oneOf", "prefixItems"].includes(token)) {
      i += 1;
    }
  }
  return out.join(".") || "the event";
}

/** The differences, outermost first, members in alphabetical order. */
export function diffSchemas(older: unknown, newer: unknown, pointer = ""): readonly Change[] {
  if (!isObject(older) || !isObject(newer))
    return canonical(older ?? null) === canonical(newer ?? null)
      ? []
      : [
          {
            kind: "changed",
            pointer,
            message: `${placeOf(pointer)}: ${shown(older)} became ${shown(newer)}`,
          },
        ];
  const changes: Change[] = [];
  const keywords = [...new Set([...Object.keys(older), ...Object.keys(newer)])]
    .filter((name) => !SILENT.has(name))
    .sort();
  for (const keyword of keywords)
    changes.push(...keywordChanges(keyword, older[keyword], newer[keyword], pointer));
  return changes;
}

function keywordChanges(keyword: string, before: unknown, after: unknown, parent: string): readonly Change[] {
  if (before !== undefined && after !== undefined && canonical(before) === canonical(after)) return [];
  const pointer = `${parent}/${keyword}`;
  const place = placeOf(parent);
  const change = (kind: Change["kind"], message: string, at = pointer): Change => ({
    kind,
    pointer: at,
    message,
  });
  if (["properties", "patternProperties", "$defs", "dependentSchemas"].includes(keyword))
    return membersChanges(before, after, pointer, parent);
  if (keyword === "required" || (keyword === "enum" && Array.isArray(before) && Array.isArray(after))) {
    const [olds, news] = [asList(before), asList(after)];
    const [oldTexts, newTexts] = [new Set(olds.map(canonical)), new Set(news.map(canonical))];
    const member = (value: unknown) =>
      keyword === "required" ? `${prefixed(parent)}${String(value)}` : `${place}: the value ${shown(value)}`;
    return [
      ...news
        .filter((value) => !oldTexts.has(canonical(value)))
        .map((value) =>
          change("added", `${member(value)} is ${keyword === "required" ? "required now" : "new"}`),
        ),
      ...olds
        .filter((value) => !newTexts.has(canonical(value)))
        .map((value) =>
          change("removed", `${member(value)} is ${keyword === "required" ? "optional now" : "gone"}`),
        ),
    ];
  }
  if (isObject(before) && isObject(after)) return diffSchemas(before, after, pointer);
  if (
    Array.isArray(before) &&
    Array.isArray(after) &&
    before.length === after.length &&
    before.every(isObject)
  )
    return before.flatMap((one, index) => diffSchemas(one, after[index], `${pointer}/${index}`));
  if (keyword === "description" || keyword === "title")
    return [change("changed", `${place}: the ${keyword} was reworded`)];
  if (keyword === "x-stability")
    return [
      change("changed", `${place} was ${String(before ?? "draft")}, and is ${String(after ?? "draft")}`),
    ];
  if (before === undefined) return [change("added", `${place}: ${keyword} ${shown(after)} is new`)];
  if (after === undefined) return [change("removed", `${place}: ${keyword} ${shown(before)} is gone`)];
  return [change("changed", `${place}: ${keyword} was ${shown(before)}, and is ${shown(after)}`)];
}

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const prefixed = (pointer: string) => (placeOf(pointer) === "the event" ? "" : `${placeOf(pointer)}.`);

function membersChanges(before: unknown, after: unknown, pointer: string, parent: string): readonly Change[] {
  const [olds, news] = [isObject(before) ? before : {}, isObject(after) ? after : {}];
  return [...new Set([...Object.keys(olds), ...Object.keys(news)])]
    .sort()
    .flatMap((name): readonly Change[] => {
      const at = `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      const label = `${prefixed(parent)}${name}`;
      if (!Object.hasOwn(olds, name))
        return [{ kind: "added", pointer: at, message: `${label} is new${kindOf(news[name])}` }];
      if (!Object.hasOwn(news, name)) return [{ kind: "removed", pointer: at, message: `${label} is gone` }];
      return diffSchemas(olds[name], news[name], at);
    });
}

const kindOf = (schema: unknown): string => {
  if (!isObject(schema)) return "";
  const type = Array.isArray(schema.type) ? schema.type.join(" or ") : schema.type;
  const said = typeof schema.description === "string" ? `: ${schema.description}` : "";
  return type === undefined ? said : ` (${String(type)})${said}`;
};

/** As Markdown, in the order of Keep a Changelog; empty where nothing changed. */
export function renderChanges(changes: readonly Change[]): string {
  const titles = { added: "Added", changed: "Changed", removed: "Removed" } as const;
  return (Object.keys(titles) as Change["kind"][])
    .map((kind) => ({ kind, lines: changes.filter((change) => change.kind === kind) }))
    .filter(({ lines }) => lines.length > 0)
    .map(
      ({ kind, lines }) =>
        `### ${titles[kind]}\n\n${lines.map(({ message }) => `- ${message}`).join("\n")}\n`,
    )
    .join("\n");
}
