/**
 * Does a change break somebody? Every subject (`<event type>.v<N>`) is held against what it was: in a git revision,
 * in a folder, or in all its revisions of the ledger.
 */
import { loadSchemaSet } from "../catalog/load.js";
import { compareSchemas, MODES } from "../compare/compare.js";
import { isObject } from "../json/value.js";
import { ownSchemasDir, schemaFile } from "../schema/read-files.js";
import { type SchemaFile, SchemaSet } from "../schema/schema-set.js";
import type {
  CompatibilityFinding,
  CompatibilityMode,
  CompatibilityPolicy,
  SchemaCheck,
  SubjectCheck,
} from "../tools/contract.js";
import { bundleSchema } from "./bundle.js";
import { hashOf, ledgerFile, type Revision, readLedger, subjectOf } from "./ledger.js";
import { filesAgainst } from "./source.js";

export interface CheckOptions {
  /** A git revision, or a folder of schemas; without it, the ledger's revisions. */
  readonly against?: string;
  /** Default: the package's own contracts. */
  readonly schemasDir?: string;
  /**
   * The mode of subjects that have none of their own (`x-compatibility` in the contract). Default: `FULL_TRANSITIVE`.
   * The transitive modes go through the ledger as well.
   */
  readonly mode?: CompatibilityMode;
  /** Default: `lenient`: an optional member that nobody declared before may be declared. */
  readonly policy?: CompatibilityPolicy;
  /** Modes of single subjects, by name; instead of what the contract says. */
  readonly subjects?: Readonly<Record<string, CompatibilityMode>>;
}

/** A schema that stands alone, as one revision of a subject. */
type Standing = { readonly schema: unknown; readonly hash: string };

const standing = (set: SchemaSet, file: SchemaFile): Standing => {
  const schema = bundleSchema(set, file);
  return { schema, hash: hashOf(schema) };
};

const subjectsOf = (set: SchemaSet): Map<string, SchemaFile> =>
  new Map(
    set.files.flatMap((file) => {
      const subject = subjectOf(file);
      return subject === undefined ? [] : [[subject, file] as const];
    }),
  );

export const DEFAULT_MODE: CompatibilityMode = "FULL_TRANSITIVE";

/** What the contract itself says, as Confluent's level of a subject goes before the global one. */
function ownMode(file: SchemaFile | undefined): CompatibilityMode | undefined {
  const mode = file?.schema["x-compatibility"];
  return MODES.find((one) => one === mode);
}

/** The mode of each subject that has one of its own. */
export const subjectModes = (set: SchemaSet): ReadonlyMap<string, CompatibilityMode> =>
  new Map(
    [...subjectsOf(set)].flatMap(([subject, file]) => {
      const mode = ownMode(file);
      return mode === undefined ? [] : [[subject, mode] as const];
    }),
  );

const stabilityOf = (schema: unknown): string =>
  String((isObject(schema) ? schema["x-stability"] : undefined) ?? "draft");

/**
 * The revisions that bind: those since it was stable, and the draft before them, which may be what became stable.
 * What was a draft only could be changed, and still can be left behind.
 */
function binding(revisions: readonly Revision[]): readonly Revision[] {
  const stable = revisions.findIndex(({ schema }) => stabilityOf(schema) !== "draft");
  return revisions.slice(Math.max(0, (stable < 0 ? revisions.length : stable) - 1));
}

/**
 * Compares each subject with what it was. `compatible` is false where a witness was found, null where something is
 * undecided. Drafts are compared and never fail: they may still change. What was stable once is no draft again.
 */
export function checkSchemas(options: CheckOptions = {}): SchemaCheck {
  const { schemasDir = ownSchemasDir, policy = "lenient" } = options;
  const now = loadSchemaSet(schemasDir);
  const before =
    options.against === undefined ? undefined : withShared(filesAgainst(options.against, schemasDir), now);
  const ledger = readLedger(ledgerFile(schemasDir));
  const today = subjectsOf(now);
  const yesterday = before === undefined ? new Map<string, SchemaFile>() : subjectsOf(before);
  const recorded = ledger.revisions.map(({ subject }) => subject);
  const names = [
    ...new Set([...today.keys(), ...yesterday.keys(), ...(before === undefined ? recorded : [])]),
  ].sort();
  const subjects = names.map((subject): SubjectCheck => {
    const file = today.get(subject);
    const old = yesterday.get(subject);
    const mode = options.subjects?.[subject] ?? ownMode(file ?? old) ?? options.mode ?? DEFAULT_MODE;
    const history: Standing[] = binding(
      ledger.revisions.filter((revision) => revision.subject === subject),
    ).map(({ schema, hash }) => ({ schema, hash }));
    if (old !== undefined && before !== undefined) history.push(standing(before, old));
    const was = history.map(({ schema }) => stabilityOf(schema)).findLast((one) => one !== "draft");
    const is = stabilityOf(file?.schema);
    const stability = is === "draft" ? (was ?? is) : is;
    const base = { subject, mode, policy, stability, findings: [] };
    if (file === undefined) return removed(base);
    if (history.length === 0) return { ...base, change: "added", compatible: true };
    return judged(base, standing(now, file), history);
  });
  const verdicts = subjects
    .filter(({ stability }) => stability !== "draft")
    .map(({ compatible }) => compatible);
  return { compatible: verdicts.includes(false) ? false : verdicts.includes(null) ? null : true, subjects };
}

type Base = Omit<SubjectCheck, "compatible" | "change">;

function removed(base: Base): SubjectCheck {
  // What was never stable, or is retired, may go.
  if (base.stability === "draft" || base.stability === "retired")
    return { ...base, change: "removed", compatible: true };
  const finding: CompatibilityFinding = {
    rule: "SUBJECT_REMOVED",
    direction: "backward",
    verdict: "incompatible",
    pointer: "",
    message: `${base.subject} is gone: what was recorded under it has no contract any more`,
    advice: 'Keep the file with "x-stability": "retired": it can\'t be published, and can still be read.',
  };
  return { ...base, change: "removed", compatible: false, findings: [finding] };
}

function judged(base: Base, today: Standing, history: readonly Standing[]): SubjectCheck {
  const rivals = base.mode.endsWith("_TRANSITIVE") ? history : history.slice(-1);
  const different = [...new Map(rivals.map((one) => [one.hash, one])).values()].filter(
    ({ hash }) => hash !== today.hash,
  );
  const change = history.at(-1)!.hash === today.hash ? "unchanged" : "changed";
  const found = new Map<string, CompatibilityFinding>();
  for (const { schema } of different)
    for (const finding of compareSchemas(schema, today.schema, base).findings)
      found.set(`${finding.direction} ${finding.rule} ${finding.pointer} ${finding.message}`, finding);
  const findings = [...found.values()];
  const compatible = findings.some(({ verdict }) => verdict === "incompatible")
    ? false
    : findings.length > 0
      ? null
      : true;
  return { ...base, change, compatible, findings };
}

/** Files of another time, with what they refer to and did not bring along. */
function withShared(files: readonly SchemaFile[], now: SchemaSet): SchemaSet {
  const present = new Set(files.map(({ id }) => id));
  const shared = now.files.filter((file) => file.name.startsWith("core/") && !present.has(file.id));
  return new SchemaSet([...files, ...shared.map((file) => schemaFile(file.name, file.file, file.schema))]);
}
