/**
 * The contracts as the Confluent Schema Registry shows them: a subject is `<event type>.v<N>`, its versions are the
 * revisions that Holyfields' ledger holds. Made when somebody first asks: a start does not pay for it.
 */
import type { Comparison, CompatibilityMode, Revision } from "@33god/holyfields/tools";

export interface Subjects {
  readonly names: readonly string[];
  /** What `bb schema check` holds revisions to as well: the subject's own mode, or the global one without a subject. */
  level(subject?: string): CompatibilityMode;
  /** Oldest first; none for an unknown subject. */
  revisions(subject: string): readonly Revision[];
  byId(id: number): Revision | undefined;
  /** The same assertions, whatever is written around them, and whether the document carries its parts or refers to them. */
  find(subject: string, schema: unknown): Revision | undefined;
  /** By the mode of the subject, or by the global one. */
  compare(older: unknown, newer: unknown, subject?: string): Comparison;
}

export async function loadSubjects(): Promise<Subjects> {
  const {
    bundleForeign,
    compareSchemas,
    DEFAULT_MODE,
    hashOf,
    loadSchemaSet,
    readLedger,
    subjectModes,
    updateLedger,
  } = await import("@33god/holyfields/tools");
  const set = loadSchemaSet();
  const { revisions } = updateLedger(readLedger(), set);
  const modes = subjectModes(set);
  const level = (subject?: string) =>
    (subject === undefined ? undefined : modes.get(subject)) ?? DEFAULT_MODE;
  const bySubject = new Map<string, Revision[]>();
  for (const revision of revisions) {
    const known = bySubject.get(revision.subject);
    if (known) known.push(revision);
    else bySubject.set(revision.subject, [revision]);
  }
  return {
    level,
    names: [...bySubject.keys()].sort(),
    revisions: (subject) => bySubject.get(subject) ?? [],
    byId: (id) => revisions.find((revision) => revision.id === id),
    find(subject, schema) {
      const hash = hashOf(bundleForeign(set, schema));
      return bySubject.get(subject)?.find((revision) => revision.hash === hash);
    },
    compare: (older, newer, subject) =>
      compareSchemas(older, newer, { mode: level(subject), policy: "lenient" }),
  };
}
