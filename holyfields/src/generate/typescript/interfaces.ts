/**
 * Nodes as TypeScript types, for those who write events. They name only what the contract names, though a
 * contract lets other members pass: so a misspelt member does not compile.
 */
import type { Node, ObjectNode } from "../../model/node.js";
import type { Model } from "../model.js";
import { literal, tsdoc } from "./zod.js";

const key = (name: string) => (/^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name) ? name : literal(name));

export function typeOf(node: Node, model: Model, margin = ""): string {
  switch (node.kind) {
    case "any":
      return "unknown";
    case "never":
      return "never";
    case "literal":
      return node.values.map(literal).join(" | ");
    case "array": {
      const items = typeOf(node.items, model, margin);
      return /[|&]/.test(items) && !items.startsWith("{") ? `readonly (${items})[]` : `readonly ${items}[]`;
    }
    case "union":
      return [...new Set(node.options.map((option) => typeOf(option, model, margin)))].join(" | ");
    case "ref":
      return model.names.get(node.key)!;
    case "checked":
      return typeOf(node.shape, model, margin);
    case "object":
      return objectType(node, model, margin);
    default:
      return node.kind;
  }
}

/** The members, with braces. */
function objectType(node: ObjectNode, model: Model, margin = ""): string {
  const inner = `${margin}  `;
  const lines = node.properties.map(
    ({ name, required, node: of, doc }) =>
      `${tsdoc(doc.description, inner)}${inner}readonly ${key(name)}${required ? "" : "?"}: ${typeOf(of, model, inner)};\n`,
  );
  if (node.properties.length === 0) {
    const other = node.additional.kind === "never" ? "never" : typeOf(node.additional, model, inner);
    return `{ readonly [member: string]: ${other} }`;
  }
  return `{\n${lines.join("")}${margin}}`;
}
