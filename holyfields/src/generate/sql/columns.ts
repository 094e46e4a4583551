/** A node as a column: its SQL type, its Python type, and the constraints that the database can keep. */
import { createHash } from "node:crypto";
import type { Node } from "../../model/node.js";
import type { Model } from "../model.js";
import { python } from "../python/types.js";

export interface Column {
  /** SQLAlchemy's type, as source. */
  readonly type: string;
  /** The Python type of `Mapped[…]`. */
  readonly python: string;
  readonly nullable: boolean;
  readonly checks: readonly { readonly name: string; readonly sql: string }[];
  readonly uses: {
    readonly sqlalchemy: readonly string[];
    readonly tables: readonly string[];
    readonly typing: readonly string[];
    readonly standard: readonly string[];
  };
}

/** PostgreSQL cuts names off at 63 bytes; a longer one ends with a hash, so that two never become one. */
function constraintName(...parts: readonly string[]): string {
  const name = parts.join("_");
  if (name.length <= 63) return name;
  return `${name.slice(0, 54)}_${createHash("sha256").update(name).digest("hex").slice(0, 8)}`;
}

const NO_USES = { sqlalchemy: [], tables: [], typing: [], standard: [] };

export function columnOf(node: Node, required: boolean, name: string, table: string, model: Model): Column {
  const { inner, nullable: nulls } = withoutNull(node, model);
  const nullable = !required || nulls;
  const check = (kind: string, sql: string) => ({ name: constraintName("ck", table, name, kind), sql });
  const quoted = `"${name}"`;
  switch (inner.kind) {
    case "boolean":
      return {
        type: "Boolean",
        python: "bool",
        nullable,
        checks: [],
        uses: { ...NO_USES, sqlalchemy: ["Boolean"] },
      };
    case "literal":
      if (inner.values.length > 0 && inner.values.every((value) => typeof value === "string")) {
        const values = inner.values as readonly string[];
        // No text of no characters: PostgreSQL has no VARCHAR(0).
        const length = Math.max(1, ...values.map((value) => value.length));
        return {
          type: `Enum(${values.map(python).join(", ")}, name=${python(constraintName("en", table, name))}, native_enum=False, create_constraint=True, length=${length})`,
          python: "str",
          nullable,
          checks: [],
          uses: { ...NO_USES, sqlalchemy: ["Enum"] },
        };
      }
      break;
    case "number": {
      const bounds: [string, string, number | undefined][] = [
        ["min", ">=", inner.minimum],
        ["above", ">", inner.exclusiveMinimum],
        ["max", "<=", inner.maximum],
        ["below", "<", inner.exclusiveMaximum],
      ];
      const checks = bounds
        .filter(([, , value]) => value !== undefined)
        .map(([kind, operator, value]) => check(kind, `${quoted} ${operator} ${value}`));
      if (inner.integer && inner.multipleOf !== undefined && Number.isInteger(inner.multipleOf))
        checks.push(check("multiple", `${quoted} % ${inner.multipleOf} = 0`));
      const type = inner.integer ? "BigInteger" : "Double";
      return {
        type,
        python: inner.integer ? "int" : "float",
        nullable,
        checks,
        uses: { ...NO_USES, sqlalchemy: [type] },
      };
    }
    case "string":
      return textColumn(inner, nullable, quoted, check);
    default:
  }
  return {
    type: "Nested",
    python: "Any",
    nullable,
    checks: [],
    uses: { ...NO_USES, tables: ["Nested"], typing: ["Any"] },
  };
}

type Check = (kind: string, sql: string) => { readonly name: string; readonly sql: string };

function textColumn(
  node: Extract<Node, { kind: "string" }>,
  nullable: boolean,
  quoted: string,
  check: Check,
): Column {
  const rich: Record<string, Pick<Column, "type" | "python" | "uses">> = {
    uuid: {
      type: "Uuid",
      python: "UUID",
      uses: { ...NO_USES, sqlalchemy: ["Uuid"], standard: ["from uuid import UUID"] },
    },
    "date-time": {
      type: "Instant",
      python: "datetime",
      uses: { ...NO_USES, tables: ["Instant"], standard: ["from datetime import datetime"] },
    },
    date: {
      type: "Date",
      python: "date",
      uses: { ...NO_USES, sqlalchemy: ["Date"], standard: ["from datetime import date"] },
    },
  };
  const found = node.format === undefined ? undefined : rich[node.format];
  if (found !== undefined) return { ...found, nullable, checks: [] };
  const checks = [];
  if (node.minLength) checks.push(check("shortest", `length(${quoted}) >= ${node.minLength}`));
  if (node.maxLength !== undefined) checks.push(check("longest", `length(${quoted}) <= ${node.maxLength}`));
  return { type: "Text", python: "str", nullable, checks, uses: { ...NO_USES, sqlalchemy: ["Text"] } };
}

/** A node and whether it may be null as well: `X | null` is a nullable column of X. */
function withoutNull(node: Node, model: Model): { inner: Node; nullable: boolean } {
  if (node.kind === "ref") return withoutNull(model.get(node.key).node, model);
  if (node.kind === "checked") return { inner: { kind: "any" }, nullable: true };
  if (node.kind === "any" || node.kind === "null") return { inner: node, nullable: true };
  if (node.kind === "literal" && node.values.includes(null))
    return {
      inner: { kind: "literal", values: node.values.filter((value) => value !== null) },
      nullable: true,
    };
  if (node.kind !== "union") return { inner: node, nullable: false };
  const rest = node.options.filter((option) => option.kind !== "null");
  const nullable =
    rest.length < node.options.length || rest.some((option) => withoutNull(option, model).nullable);
  return rest.length === 1
    ? { inner: withoutNull(rest[0]!, model).inner, nullable }
    : { inner: { kind: "any" }, nullable };
}
