/** Two versions of one event's contract held against each other: what changed, what breaks, and an event that shows it. */
import type { Change, CompatibilityFinding, Revision } from "@33god/holyfields/tools";
import type { Subjects } from "./subjects.js";

/** `v2` is the newest revision of version 2, `v2.1` its first. */
export interface NamedRevision {
  readonly name: string;
  readonly version: string;
  readonly revision: number;
}

export interface ContractDiff {
  readonly event_type: string;
  readonly from: string;
  readonly to: string;
  /** Null where the comparison was not decided. */
  readonly compatible: boolean | null;
  readonly changes: readonly Change[];
  /** What breaks whom; one that is refuted has an event as its witness. */
  readonly findings: readonly CompatibilityFinding[];
}

const NAME = /^(v[1-9]\d*)(?:\.([1-9]\d*))?$/;

/** All revisions of all versions of a type, oldest version first; none for an unknown type. */
export function revisionsOf(subjects: Subjects, eventType: string): readonly NamedRevision[] {
  const versions = subjects.names
    .filter((name) => name.slice(0, name.lastIndexOf(".")) === eventType)
    .map((name) => name.slice(eventType.length + 1))
    .sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
  return versions.flatMap((version) =>
    subjects.revisions(`${eventType}.${version}`).map(({ revision }) => ({
      name: `${version}.${revision}`,
      version,
      revision,
    })),
  );
}

/** `undefined` for a name that is none, or that nothing has. */
export function findRevision(subjects: Subjects, eventType: string, name: string): Revision | undefined {
  const [, version, number] = NAME.exec(name) ?? [];
  const known = version === undefined ? [] : subjects.revisions(`${eventType}.${version}`);
  return number === undefined ? known.at(-1) : known.find(({ revision }) => revision === Number(number));
}

export async function contractDiff(
  subjects: Subjects,
  eventType: string,
  older: Revision,
  newer: Revision,
): Promise<Omit<ContractDiff, "from" | "to">> {
  const { diffSchemas } = await import("@33god/holyfields/tools");
  // That versions have different numbers is why they are versions; the question is what else differs.
  const [before, after] = [withoutVersion(older.schema), withoutVersion(newer.schema)];
  const { compatible, findings } = subjects.compare(before, after);
  return { event_type: eventType, compatible, changes: diffSchemas(before, after), findings };
}

function withoutVersion(schema: unknown): unknown {
  const { $id: _, properties, ...rest } = schema as Record<string, unknown>;
  const { version: __, ...others } = (properties ?? {}) as Record<string, unknown>;
  return { ...rest, properties: others };
}
