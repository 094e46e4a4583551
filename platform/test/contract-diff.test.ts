/** Two versions of a contract held against each other. */

import { compareSchemas, type Revision } from "@33god/holyfields/tools";
import { describe, expect, it } from "vitest";
import { contractDiff, findRevision, revisionsOf } from "../src/schema-registry/diff.js";
import type { Subjects } from "../src/schema-registry/subjects.js";

const event = (version: string, payload: object) => ({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: `https://example.org/session.started.${version}.schema.json`,
  type: "object",
  properties: { event_type: { const: "session.started" }, version: { const: version }, payload },
  required: ["event_type", "version", "payload"],
});
const name = { name: { type: "string" } };
const all: readonly Revision[] = [
  event("v1", { type: "object", properties: name }),
  event("v1", { type: "object", properties: { ...name, note: { type: "string" } } }),
  event("v2", { type: "object", properties: { ...name, note: { type: "string" } }, required: ["name"] }),
].map((schema, index) => ({
  id: index + 1,
  subject: `session.started.${schema.properties.version.const}`,
  revision: index === 1 ? 2 : 1,
  hash: String(index),
  schema,
})) as never;
const subjects: Subjects = {
  level: () => "FULL",
  names: ["session.started.v1", "session.started.v2"],
  revisions: (subject) => all.filter((one) => one.subject === subject),
  byId: (id) => all.find((one) => one.id === id),
  find: () => undefined,
  compare: (older, newer) => compareSchemas(older, newer, { mode: "FULL", policy: "lenient" }),
};
const diff = async (from: string, to: string) =>
  contractDiff(
    subjects,
    "session.started",
    findRevision(subjects, "session.started", from) ?? fail(from),
    findRevision(subjects, "session.started", to) ?? fail(to),
  );
const fail = (revision: string): never => {
  throw new Error(`no ${revision}`);
};

describe("the difference between two versions of a contract", () => {
  it("lists all revisions by name, oldest first", () => {
    expect(revisionsOf(subjects, "session.started").map((one) => one.name)).toEqual(["v1.1", "v1.2", "v2.1"]);
    expect(revisionsOf(subjects, "session")).toEqual([]);
  });

  it("takes a version for its newest revision, and knows no other names", () => {
    expect(findRevision(subjects, "session.started", "v1")?.id).toBe(2);
    expect(findRevision(subjects, "session.started", "v1.1")?.id).toBe(1);
    for (const none of ["v1.3", "v3", "1", "latest", "v1.0", ""])
      expect(findRevision(subjects, "session.started", none)).toBeUndefined();
  });

  it("names a breaking part with an event that shows it, and does not count the version's number as one", async () => {
    const { compatible, changes, findings } = await diff("v1", "v2");
    expect(compatible).toBe(false);
    expect(changes.map(({ message }) => message)).toEqual(["payload.name is required now"]);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ direction: "backward", verdict: "incompatible" });
    expect(findings[0]?.witness).not.toHaveProperty("payload.name");
  });

  it("is compatible where a revision only adds what may be absent", async () => {
    expect(await diff("v1.1", "v1.2")).toMatchObject({
      compatible: true,
      findings: [],
      changes: [{ kind: "added" }],
    });
  });

  it("says nothing of a version against itself", async () => {
    expect(await diff("v2", "v2.1")).toMatchObject({ compatible: true, changes: [], findings: [] });
  });
});
