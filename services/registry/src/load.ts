/** From the file to the checked registry: read → YAML → JSON Schema → checks, each step's findings with their lines. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { type Document, isNode, LineCounter, parseDocument } from "yaml";
import { checkCode } from "./check/code.js";
import { checkContracts } from "./check/contracts.js";
import { checkEntries } from "./check/entries.js";
import type { Finding } from "./finding.js";
import { layerOf, type Registry } from "./registry.js";

export interface LoadOptions {
  /** The known event types; without them, keys are not checked against contracts. */
  readonly eventTypes?: readonly string[];
  /** Whether the services' sources are read as well; `false` by default. */
  readonly code?: boolean;
}

export interface LoadedRegistry {
  /** Absent where the file cannot be read or has not the registry's shape. */
  readonly registry: Registry | undefined;
  /** In the order of the file's lines. Any of severity `error` means that the registry is wrong. */
  readonly findings: readonly Finding[];
}

/** Never throws for what stands in the file, or in the schema beside it. */
export function loadRegistry(file: string, options: LoadOptions = {}): LoadedRegistry {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    return unreadable(file, error);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0)
    return {
      registry: undefined,
      findings: document.errors.map(({ message, linePos }) => ({
        rule: "MALFORMED_YAML",
        severity: "error",
        pointer: "",
        message: message.split("\n")[0] ?? message,
        ...(linePos && { line: linePos[0].line, column: linePos[0].col }),
      })),
    };
  const content: unknown = document.toJS();
  const placed = (findings: readonly Finding[]) =>
    inOrder(findings.map((finding) => ({ ...finding, ...place(document, lines, finding.pointer) })));
  // An editor finds it there too.
  const beside = path.join(path.dirname(file), "registry.schema.json");
  let shape: readonly Finding[];
  try {
    shape = checkShape(content, JSON.parse(readFileSync(beside, "utf8")));
  } catch (error) {
    return unreadable(
      beside,
      error,
      "It belongs beside registry.yaml: copy the one that Bloodbank came with.",
    );
  }
  if (shape.length > 0) return { registry: undefined, findings: placed(shape) };
  // The schema found nothing against it.
  const written = content as Registry;
  const services = Object.entries(written.services).map(
    ([name, entry]) => [name, { ...entry, layer: layerOf(entry) }] as const,
  );
  const registry: Registry = { ...written, services: Object.fromEntries(services) };
  const { eventTypes, code = false } = options;
  return {
    registry,
    findings: placed([
      ...checkEntries(registry),
      ...(eventTypes ? checkContracts(registry, eventTypes) : []),
      ...(code ? checkCode(registry, path.dirname(path.resolve(file)), eventTypes ?? []) : []),
    ]),
  };
}

function unreadable(file: string, error: unknown, hint?: string): LoadedRegistry {
  const message = `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  const finding = { rule: "UNREADABLE", severity: "error", pointer: "", message } as const;
  return { registry: undefined, findings: [{ ...finding, ...(hint !== undefined && { hint }) }] };
}

function checkShape(content: unknown, schema: object): readonly Finding[] {
  const ajv = new Ajv2020({
    allErrors: true,
    strict: true,
    strictRequired: false,
    allowUnionTypes: true,
    verbose: true,
  });
  const validate = ajv.compile(schema);
  if (validate(content)) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params }) => {
    const service = /^\/services\/([^/]+)/.exec(instancePath)?.[1];
    const extra = "additionalProperty" in params ? ` (${params.additionalProperty})` : "";
    const allowed = "allowedValues" in params ? ` (${params.allowedValues})` : "";
    return {
      rule: "SHAPE",
      severity: "error",
      pointer: instancePath,
      message: `${instancePath || "the registry"} ${message}${extra}${allowed}`,
      ...(service !== undefined && { service }),
    };
  });
}

/** The line of what the pointer names, or of the nearest thing around it that is in the file. */
function place(document: Document, lines: LineCounter, pointer: string): { line: number; column: number } {
  const parts = pointer
    .split("/")
    .slice(1)
    .map((part) => part.replace(/~1/g, "/").replace(/~0/g, "~"));
  for (let depth = parts.length; depth >= 0; depth -= 1) {
    const node = depth === 0 ? document.contents : document.getIn(parts.slice(0, depth), true);
    const offset = isNode(node) ? node.range?.[0] : undefined;
    if (offset !== undefined) {
      const { line, col } = lines.linePos(offset);
      return { line, column: col };
    }
  }
  return { line: 1, column: 1 };
}

function inOrder(findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}
