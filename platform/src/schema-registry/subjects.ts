/**
 * The contracts as the Confluent Schema Registry shows them: a subject is `<event type>.v<N>`, its versions are the
 * revisions that Holyfields' ledger holds. Made when somebody first asks: a start does not pay for it.
 */
import type { Comparison, CompatibilityMode, Revision } from "@33god/holyfields/tools";

/** What `bb schema check` holds a revision to as well: old and new readers read what is old and new. */
export const LEVEL: CompatibilityMode = "FULL_TRANSITIVE";

export interface Subjects {
  readonly names: readonly string[];
  /** Oldest first; none for an unknown subject. */
  revisions(subject: string): readonly Revision[];
  byId(id: number): Revision | undefined;
  /** The same assertions, whatever is written around them. */
  find(subject: string, schema: unknown): Revision | undefined;
  compare(older: unknown, newer: unknown): Comparison;
}

export async function loadSubjects(): Promise<Subjects> {
  const { compareSchemas, hashOf, loadSchemaSet, readLedger, updateLedger } = await import(
    "@33god/holyfields/tools"
  );
  const { revisions } = updateLedger(readLedger(), loadSchemaSet());
  const bySubject = new Map<string, Revision[]>();
  for (const revision of revisions) {
    const known = bySubject.get(revision.subject);
    if (known) known.push(revision);
    else bySubject.set(revision.subject, [revision]);
  }
  return {
    names: [...bySubject.keys()].sort(),
    revisions: (subject) => bySubject.get(subject) ?? [],
    byId: (id) => revisions.find((revision) => revision.id === id),
    find(subject, schema) {
      const hash = hashOf(schema);
      return bySubject.get(subject)?.find((revision) => revision.hash === hash);
    },
    compare: (older, newer) => compareSchemas(older, newer, { mode: LEVEL, policy: "lenient" }),
  };
}
