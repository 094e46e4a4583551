/**
 * The ledger: every revision of every subject that was ever published, with an id that never changes. It is a file
 * beside the schemas, so that history does not depend on git, and the registry's ids are the same everywhere.
 */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { isShared } from "../catalog/contracts.js";
import { eventTypeOf } from "../catalog/event-type.js";
import { HolyfieldsError } from "../errors.js";
import { canonical, isObject } from "../json/value.js";
import { ANNOTATIONS } from "../schema/keywords.js";
import { ownSchemasDir } from "../schema/read-files.js";
import type { SchemaFile, SchemaSet } from "../schema/schema-set.js";
import { type SchemaObject, withChildren } from "../schema/walk.js";
import { bundleSchema } from "./bundle.js";

/** One revision of a subject. */
export interface Revision {
  /** Unique in the ledger; never given twice. */
  readonly id: number;
  /** `<event type>.v<N>`. */
  readonly subject: string;
  /** 1 for the subject's first. */
  readonly revision: number;
  /** SHA-256 of what it asserts, in hexadecimal: descriptions and examples do not count. */
  readonly hash: string;
  /** The whole schema, bundled, without examples. */
  readonly schema: Readonly<Record<string, unknown>>;
}

export interface Ledger {
  readonly revisions: readonly Revision[];
}

const LEDGER_NAME = "ledger.json";
export const ledgerFile = (schemasDir: string = ownSchemasDir): string => path.join(schemasDir, LEDGER_NAME);

export const subjectOf = (file: SchemaFile): string | undefined => {
  const name = eventTypeOf(file.name);
  return name === undefined || isShared(file) ? undefined : `${name.eventType}.${name.version}`;
};

/** A schema without what asserts nothing. */
function assertions(schema: SchemaObject): Record<string, unknown> {
  const asserts = (keyword: string) =>
    !ANNOTATIONS.has(keyword) && !keyword.startsWith("x-") && keyword !== "$schema" && keyword !== "$id";
  return withChildren(
    Object.fromEntries(Object.entries(schema).filter(([keyword]) => asserts(keyword))),
    assertions,
  );
}

export const hashOf = (schema: unknown): string =>
  createHash("sha256")
    .update(canonical(isObject(schema) ? assertions(schema) : schema))
    .digest("hex");

/** @throws HolyfieldsError LEDGER_BROKEN where the file contradicts itself. */
export function readLedger(file: string = ledgerFile()): Ledger {
  let ledger: Ledger;
  try {
    ledger = JSON.parse(readFileSync(file, "utf8")) as Ledger;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { revisions: [] };
    throw new HolyfieldsError("LEDGER_BROKEN", `The ledger can't be read: ${(error as Error).message}.`, {
      file,
      hint: "Restore it from git: it is the only record of what was published.",
    });
  }
  const counts = new Map<string, number>();
  for (const [index, revision] of (ledger.revisions ?? []).entries()) {
    const expected = (counts.get(revision.subject) ?? 0) + 1;
    counts.set(revision.subject, expected);
    if (
      revision.id !== index + 1 ||
      revision.revision !== expected ||
      revision.hash !== hashOf(revision.schema)
    )
      throw new HolyfieldsError(
        "LEDGER_BROKEN",
        `Revision ${index + 1} (${revision.subject}) was changed after it was written.`,
        {
          file,
          pointer: `/revisions/${index}`,
          hint: "Restore the file from git; revisions are only ever added.",
        },
      );
  }
  return { revisions: ledger.revisions ?? [] };
}

/** The ledger with a revision more for every subject whose assertions changed since its last. */
export function updateLedger(ledger: Ledger, set: SchemaSet): Ledger {
  const revisions = [...ledger.revisions];
  for (const file of [...set.files].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const subject = subjectOf(file);
    if (subject === undefined) continue;
    const { examples: _, "x-invalid-examples": __, ...schema } = bundleSchema(set, file);
    const hash = hashOf(schema);
    const earlier = revisions.filter((revision) => revision.subject === subject);
    if (earlier.at(-1)?.hash === hash) continue;
    revisions.push({ id: revisions.length + 1, subject, revision: earlier.length + 1, hash, schema });
  }
  return { revisions };
}

/** One revision a line, so that git merges and shows them well. */
const ledgerText = ({ revisions }: Ledger): string =>
  `{\n"revisions": [\n${revisions.map((revision) => JSON.stringify(revision)).join(",\n")}\n]\n}\n`;

export const writeLedger = (ledger: Ledger, file: string = ledgerFile()): void =>
  writeFileSync(file, ledgerText(ledger));
