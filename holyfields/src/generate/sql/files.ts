/** SQLAlchemy 2 tables: one for each event type in each version, or for each object of a folder of schemas. */
import type { Node, ObjectNode } from "../../model/node.js";
import type { GeneratedFile } from "../../tools/contract.js";
import { eventOf, type Model } from "../model.js";
import { stemOf } from "../names.js";
import { PYTHON_HEADER } from "../python/files.js";
import { attributeName, modulePath } from "../python/names.js";
import { python } from "../python/types.js";
import { template } from "../template.js";
import { type Column, columnOf } from "./columns.js";

export function sqlFiles(model: Model, packageName: string): readonly GeneratedFile[] {
  const files: GeneratedFile[] = [];
  const tables: { dotted: string; name: string; eventType?: string; version?: string }[] = [];
  const folders = new Set<string>();
  for (const definition of model.definitions) {
    const node = definition.node.kind === "checked" ? definition.node.shape : definition.node;
    const event = eventOf(definition);
    const isRoot = definition.at.pointer === "" && node.kind === "object" && node.properties.length > 0;
    if (!isRoot || (event === undefined && definition.at.file.name.startsWith("core/"))) continue;
    const stem = stemOf(definition.at.file.name);
    const parts = modulePath(stem);
    const name = model.names.get(definition.key)!;
    const tableName = stem.replaceAll(/[^A-Za-z0-9]+/g, "_").toLowerCase();
    const constants = event && { event_type: event.eventType, version: event.version };
    const columns =
      event === undefined ? plainColumns(node, tableName, model) : eventColumns(node, tableName, model);
    files.push({
      path: `${parts.join("/")}.py`,
      text: tableModule({ parts, name, tableName, columns, constants, doc: definition.doc.description }),
    });
    for (let i = 1; i < parts.length; i += 1) folders.add(parts.slice(0, i).join("/"));
    tables.push({
      dotted: parts.join("."),
      name,
      ...(event === undefined ? {} : { eventType: event.eventType, version: event.version }),
    });
  }
  const all = [
    ...files,
    ...[...folders].map((folder) => ({ path: `${folder}/__init__.py`, text: PYTHON_HEADER })),
    { path: "tables.py", text: PYTHON_HEADER + template("python/tables.py") },
    { path: "__init__.py", text: packageModule(tables) },
    { path: "py.typed", text: "" },
  ];
  return all
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ path, text }) => ({ path: `${packageName}/${path}`, text }));
}

/** Attributes of a table, names that its columns use, and two words that SQLite keeps and SQLAlchemy does not know of. */
const TAKEN = `rest metadata registry row_id PLACES constants from_event to_event mapped_column
  BigInteger Boolean CheckConstraint Double Enum Instant Mapped Nested Table Text UUID
  nothing returning`.split(/\s+/);

interface Placed extends Column {
  readonly attribute: string;
  readonly path: readonly string[];
  readonly primary: boolean;
}

const resolved = (node: Node, model: Model): Node =>
  node.kind === "ref"
    ? resolved(model.get(node.key).node, model)
    : node.kind === "checked"
      ? node.shape
      : node;

/** The envelope's members, `source` taken apart, and the payload's members as columns of their own. */
function eventColumns(node: ObjectNode, table: string, model: Model): Placed[] {
  const taken = new Set(TAKEN);
  const columns: Placed[] = [];
  const add = (object: ObjectNode, path: readonly string[], prefix: string, required: boolean) => {
    for (const property of object.properties) {
      const wanted = attributeName(prefix + property.name, new Set());
      const attribute = taken.has(wanted) ? attributeName(`payload_${property.name}`, taken) : wanted;
      taken.add(attribute);
      columns.push({
        ...columnOf(property.node, required && property.required, attribute, table, model),
        attribute,
        path: [...path, property.name],
        primary: path.length === 0 && property.name === "event_id",
      });
    }
  };
  const inside = new Map(node.properties.map((property) => [property.name, resolved(property.node, model)]));
  const own = node.properties.filter(
    ({ name }) => !["event_type", "version", "source", "payload"].includes(name),
  );
  add({ ...node, properties: own }, [], "", true);
  for (const name of ["source", "payload"]) {
    const object = inside.get(name);
    if (object?.kind === "object") add(object, [name], name === "source" ? "source_" : "", true);
  }
  return columns;
}

function plainColumns(node: ObjectNode, table: string, model: Model): Placed[] {
  const taken = new Set(TAKEN);
  return node.properties.map((property) => {
    const attribute = attributeName(property.name, taken);
    taken.add(attribute);
    return {
      ...columnOf(property.node, property.required, attribute, table, model),
      attribute,
      path: [property.name],
      primary: false,
    };
  });
}

interface TableModule {
  readonly parts: readonly string[];
  readonly name: string;
  readonly tableName: string;
  readonly columns: readonly Placed[];
  readonly constants: Readonly<Record<string, string>> | undefined;
  readonly doc: string | undefined;
}

function tableModule({ parts, name, tableName, columns, constants, doc }: TableModule): string {
  const sqlalchemy = new Set<string>();
  const tables = new Set<string>(["Table"]);
  const typing = new Set<string>();
  const standard = new Set<string>();
  for (const column of columns) {
    for (const used of column.uses.sqlalchemy) sqlalchemy.add(used);
    for (const used of column.uses.tables) tables.add(used);
    for (const used of column.uses.typing) typing.add(used);
    for (const used of column.uses.standard) standard.add(used);
  }
  const checks = columns.flatMap((column) => column.checks);
  if (checks.length > 0) sqlalchemy.add("CheckConstraint");
  const primary = columns.some((column) => column.primary);
  if (!primary) {
    sqlalchemy.add("BigInteger");
    sqlalchemy.add("Integer");
  }
  typing.add("ClassVar");
  if (constants !== undefined) typing.add("Any");
  const tuple = (path: readonly string[]) =>
    `(${path.map(python).join(", ")}${path.length === 1 ? "," : ""})`;
  const lines = columns.map(({ attribute, type, python: hint, primary: key, nullable }) => {
    const options = [type, ...(key ? ["primary_key=True"] : []), ...(nullable ? ["default=None"] : [])];
    return `    ${attribute}: Mapped[${hint}${nullable ? " | None" : ""}] = mapped_column(${options.join(", ")})\n`;
  });
  if (!primary)
    lines.unshift(
      '    row_id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)\n',
    );
  const constraints =
    checks.length === 0
      ? ""
      : `    __table_args__ = (\n${checks
          .map((check) => `        CheckConstraint(${python(check.sql)}, name=${python(check.name)}),\n`)
          .join("")}    )\n`;
  const fixed =
    constants === undefined
      ? ""
      : `\n    @classmethod\n    def constants(cls) -> dict[tuple[str, ...], Any]:\n        return {${Object.entries(
          constants,
        )
          .map(([member, value]) => `(${python(member)},): ${python(value)}`)
          .join(", ")}}\n`;
  const imports = [
    [...standard].sort().join("\n"),
    `from typing import ${[...typing].sort().join(", ")}`,
    "",
    `from sqlalchemy import ${[...sqlalchemy].sort().join(", ")}`,
    "from sqlalchemy.orm import Mapped, mapped_column",
    "",
    `from ${".".repeat(parts.length)}tables import ${[...tables].sort().join(", ")}`,
  ].filter((line, index) => line !== "" || index > 0);
  return `${PYTHON_HEADER}from __future__ import annotations

${imports.join("\n")}


class ${name}(Table):
    """${(doc ?? name).replaceAll("\\", "\\\\").replaceAll('"""', "'''")}"""

    __tablename__ = ${python(tableName)}
${constraints}    PLACES: ClassVar[dict[str, tuple[str, ...]]] = {
${columns.map(({ attribute, path }) => `        ${python(attribute)}: ${tuple(path)},\n`).join("")}    }

${lines.join("")}${fixed}`;
}

function packageModule(
  tables: readonly { dotted: string; name: string; eventType?: string; version?: string }[],
): string {
  const sorted = [...tables].sort((a, b) => (a.dotted < b.dotted ? -1 : 1));
  const events = sorted.filter(({ eventType }) => eventType !== undefined);
  const map =
    events.length === 0
      ? ""
      : `\nTABLES: dict[tuple[str, str], type[Table]] = {\n${events
          .map(({ eventType, version, name }) => `    (${python(eventType)}, ${python(version)}): ${name},\n`)
          .join("")}}\n"""The table of each event type in each version."""\n`;
  return `${PYTHON_HEADER}"""Tables of the contracts. \`\`Base.metadata.create_all(engine)\`\` makes them all."""

from __future__ import annotations

${sorted.map(({ dotted, name }) => `from .${dotted} import ${name}`).join("\n")}
from .tables import Base, Table
${map}
__all__ = [
${[...sorted.map(({ name }) => name), "Base", "Table", ...(events.length > 0 ? ["TABLES"] : [])].map((name) => `    ${python(name)},\n`).join("")}]
`;
}
