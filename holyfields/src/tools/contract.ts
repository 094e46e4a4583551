/**
 * What `@33god/holyfields/tools` promises: everything that is done to contracts rather than with them. Loaded by
 * `bb schema …`, by the HTTP API's schema routes and by CI; never by a program that only checks events.
 *
 * - `lintSchemas(options?): readonly LintFinding[]`
 * - `compareSchemas(older, newer, options?): Comparison`
 * - `checkSchemas({ against, … }): SchemaCheck`, `subjectModes(set)`
 * - `diffSchemas(older, newer): readonly Change[]`, `renderChanges(changes): string`
 * - `scaffoldSchema({ eventType, … }): Scaffold`
 * - `generate({ target, from?, … }): readonly GeneratedFile[]`, `writeFiles(files, folder)`
 * - `docsSite({ catalog, … }): readonly GeneratedFile[]`
 * - `asyncApi({ catalog, … }): JSON document`
 * - `toCloudEvent(event)`, `fromCloudEvent(cloudEvent)`
 * - `bundleContract(catalog, contract): compound document`, `bundleSchema(set, file): schema without outside references`
 * - `bundleForeign(set, schema)`: the same of a schema that is not the set's, compound or not
 * - `parseSchema(bytes, file)`: a schema file as a value
 * - `readLedger(file)`, `updateLedger(ledger, catalog)`
 */

/** A file that would be written: its path below the target folder, with `/`, and its text. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

export type Severity = "error" | "warning";

/** One place in one schema file that a rule objects to. */
export interface LintFinding {
  /** Stable name of the rule, as in `x-lint-ignore`. */
  readonly rule: string;
  readonly severity: Severity;
  /** Absolute path. */
  readonly file: string;
  readonly pointer: string;
  readonly message: string;
  /** What to write instead. */
  readonly hint: string;
}

/** Confluent's seven modes. Backward: readers of the new schema read what was written under the old one. */
export type CompatibilityMode =
  | "NONE"
  | "BACKWARD"
  | "BACKWARD_TRANSITIVE"
  | "FORWARD"
  | "FORWARD_TRANSITIVE"
  | "FULL"
  | "FULL_TRANSITIVE";

/**
 * `strict`: every event that one side admits must be admitted by the other. `lenient`: an optional property that
 * the other side never declared may be declared, though an open content model admitted anything under its name.
 */
export type CompatibilityPolicy = "strict" | "lenient";

/** `backward`: the old schema admits what the new one refuses. `forward`: the other way round. */
export type Direction = "backward" | "forward";

export interface CompatibilityFinding {
  /** Stable name of the kind of change, such as `REQUIRED_ADDED`. */
  readonly rule: string;
  readonly direction: Direction;
  /** `undecided`: not shown to be compatible, and no event found that shows the opposite. */
  readonly verdict: "incompatible" | "undecided";
  /** JSON Pointer into the schema that refuses. */
  readonly pointer: string;
  readonly message: string;
  readonly advice: string;
  /** An event that the one side admits and the other refuses, checked with ajv; always there when incompatible. */
  readonly witness?: unknown;
}

export interface Comparison {
  /** `null`: undecided, which is not compatible. */
  readonly compatible: boolean | null;
  readonly mode: CompatibilityMode;
  readonly policy: CompatibilityPolicy;
  readonly findings: readonly CompatibilityFinding[];
}

/** One subject (`<event type>.v<N>`) held against its earlier revisions. */
export interface SubjectCheck extends Comparison {
  readonly subject: string;
  readonly change: "added" | "removed" | "changed" | "unchanged";
  readonly stability: string;
}

export interface SchemaCheck {
  readonly compatible: boolean | null;
  readonly subjects: readonly SubjectCheck[];
}

/** One difference, as a changelog tells it. */
export interface Change {
  readonly kind: "added" | "removed" | "changed";
  readonly pointer: string;
  readonly message: string;
}
